package lemnos.core;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a loop is at, as a watchdog on another thread sees it. Each part by itself may be a little
 * old, or of another moment than the others.
 *
 * @param calls how many calls have been begun, ever
 * @param timers the timers that are armed
 */
public record Pulse(long calls, int timers) {
  /** Feels the pulse of {@code loop}. Any thread. */
  public static Pulse of(Loop loop) {
    VarHandle.acquireFence(); // so that nobody looks once and keeps that for ever
    return new Pulse(loop.queues.runs(), loop.timers.size());
  }

  /**
   * The name of the actor whose behaviour runs; null if none does. Any thread; right if the loop
   * has stayed at that behaviour meanwhile, which a pulse before and one after it tell.
   */
  public static @Nullable String actorName(Loop loop) {
    VarHandle.acquireFence();
    Actor<?> actor = loop.queues.running();
    return actor == null ? null : actor.name();
  }
}
