package lemnos.core;

import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** How this project checks models with Lincheck. */
final class Models {
  /** A real hang is found by Lincheck's own detector; a machine that stands still is none. */
  private static final long TIMEOUT_MILLIS = Duration.ofMinutes(10).toMillis();

  private Models() {}

  /**
   * Options of a check that does not depend on how fast the machine is. Lincheck's default takes an
   * execution of 30 seconds for a hang, and has no public way to say otherwise.
   */
  static ModelCheckingOptions options() {
    return new ModelCheckingOptions().invocationTimeout$lincheck(TIMEOUT_MILLIS);
  }
}
