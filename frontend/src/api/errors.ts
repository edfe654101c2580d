import { t } from "../i18n";

/** What was wrong with one field of what was sent; `field` is a dotted path. */
export interface FieldError {
  field: string;
  message: string;
}

/** The server has answered that it did not do what was asked, and why. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    readonly status: number,
    message: string,
    readonly fields: readonly FieldError[] = [],
  ) {
    super(message);
  }

  /** Nobody is logged in any more: only a login helps. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

/** No answer came at all. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

/** The error that a refused answer is. */
export async function errorOf(response: Response): Promise<ApiError> {
  try {
    const said = (await response.json()) as { message: string; errors?: FieldError[] };
    return new ApiError(response.status, said.message, said.errors);
  } catch {
    // Not ours: a proxy's, say, which has nobody to ask while the service restarts.
    const isAlone = response.status >= 502 && response.status <= 504;
    const message = isAlone ? t.errors.unreachable : t.errors.answered(response.status);
    return new ApiError(response.status, message);
  }
}
