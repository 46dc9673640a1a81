/** UUID, version 7: it begins with the time, so that the server's index grows at one end. */

export const uuid = (): string => {
  const random = [...crypto.getRandomValues(new Uint8Array(18))].map((byte) => (byte & 15).toString(16)).join('');
  // `a` is one of the four digits that stand for the variant.
  return `${Date.now().toString(16).padStart(12, '0')}7${random.slice(0, 3)}a${random.slice(3)}`.replace(
    /(.{8})(.{4})(.{4})(.{4})/,
    '$1-$2-$3-$4-',
  );
};
