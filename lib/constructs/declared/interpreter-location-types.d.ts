/** The plain file that this room's TypeScript imports. */
declare module '*/interpreter-location.cjs' {
  const location: { readonly interpreterEntry: string };
  export default location;
}
