package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** Why a runtime ended before its work was done. All its threads have ended when it is thrown. */
public final class RuntimeFailure extends Exception {
  private static final long serialVersionUID = 1L;

  RuntimeFailure(String message, @Nullable Throwable cause) {
    super("error running the Lemnos runtime: " + message, cause);
  }
}
