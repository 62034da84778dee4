package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** Of an actor that was written so as not to fail: that it does is a fault in the program. */
record NoSupervisor<T extends @Nullable Object>() implements Supervisor<T> {
  @Override
  public Decision<T> decide(Throwable error) {
    return new Decision.Stop<>();
  }
}
