import { failed, ok, type Result } from "../base/index.js";

/** Both values, or every problem of both. */
export function both<A, B>(a: Result<A>, b: Result<B>): Result<readonly [A, B]> {
  if (a.ok && b.ok) return ok([a.value, b.value]);
  return failed([...(a.ok ? [] : a.errors), ...(b.ok ? [] : b.errors)]);
}

/** All values, or every problem of all. */
export function all<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const errors = results.flatMap((result) => (result.ok ? [] : result.errors));
  return errors.length > 0 ? failed(errors) : ok(results.flatMap((result) => (result.ok ? [result.value] : [])));
}
