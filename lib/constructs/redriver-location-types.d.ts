/** The plain file that this room's TypeScript imports. */
declare module '*/redriver-location.cjs' {
  const location: { readonly redriverEntry: string };
  export default location;
}
