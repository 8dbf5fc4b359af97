/** The part of the kernel that the notebooks use. */
declare namespace Deno.jupyter {
  /** Shows a value below the cell; with `update`, in place of the value shown under the same id. */
  function display(
    shown: unknown,
    options?: { readonly display_id?: string; readonly update?: boolean },
  ): Promise<void>;
}
