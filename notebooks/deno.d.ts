/** What the notebooks use of their kernel. */
declare namespace Deno.jupyter {
  /** Shows it below the cell; with `update`, in place of what was shown under the same id. */
  function display(
    shown: unknown,
    options?: { readonly display_id?: string; readonly update?: boolean },
  ): Promise<void>;
}
