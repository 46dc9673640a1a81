-- Links show the page of custom metrics too.

alter table share_links drop constraint share_links_room_check;
alter table share_links add constraint share_links_room_check
    check (room in ('overview', 'pages', 'page_group', 'fix', 'changes', 'metrics'));
