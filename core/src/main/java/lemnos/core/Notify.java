package lemnos.core;

import org.jspecify.annotations.Nullable;

/** Who hears of the end of an actor that has no {@link Belongings}. */
final class Notify {
  final Ret<StopCause> ret;

  /** The next older actor in the loop's {@link Roster}. */
  @Nullable Cell<?> older;

  Notify(Ret<StopCause> ret, @Nullable Cell<?> older) {
    this.ret = ret;
    this.older = older;
  }
}
