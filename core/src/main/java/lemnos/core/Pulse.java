package lemnos.core;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What a loop is at, as a watchdog on another thread sees it. Each part by itself may be a little
 * old, or of another moment than the other.
 *
 * @param calls how many calls have been begun, ever
 * @param actor the actor whose behaviour runs; null if none does
 */
public record Pulse(long calls, @Nullable Actor<?> actor) {
  /** Feels the pulse of {@code loop}. Any thread. */
  public static Pulse of(Loop loop) {
    VarHandle.acquireFence(); // so that nobody looks once and keeps that for ever
    return new Pulse(loop.queues.runs(), loop.current);
  }
}
