/** What was set on a file. */
export type Attribute =
  | { readonly kind: 'mode'; /** Permission bits, 0 to 0o7777. */ readonly mode: number }
  /** Numbers in the user namespace of the process; undefined: left as it was. */
  | { readonly kind: 'owner'; readonly owner: number | undefined; readonly group: number | undefined }
  | { readonly kind: 'size'; readonly size: number };

/** `mode=0600`, `size=0`; owners as chown(1) takes them: `owner=1000:1000`, `owner=1000`, `owner=:1000`. */
export function formatAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'mode':
      return `mode=${attribute.mode.toString(8).padStart(4, '0')}`;
    case 'owner': {
      const { owner, group } = attribute;
      return `owner=${owner ?? ''}${group === undefined ? '' : `:${group}`}`;
    }
    case 'size':
      return `size=${attribute.size}`;
  }
}
