package lemnos.runtime;

import java.util.concurrent.locks.LockSupport;
import lemnos.core.Loop;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * The kind that needs public API alone: a virtual thread that takes the worker's role in turn.
 * While it runs the worker's own thread waits, and the loop, if the code belongs to one, belongs to
 * the virtual thread.
 */
final class ThreadCoroutine extends Coroutine {
  private final Seat seat;
  private final @Nullable Loop loop;
  private final World world;
  private final Runnable body;
  private @Nullable Thread thread;
  private @Nullable Thread host;

  /**
   * Whose turn it is. Written by the side that gives the turn away, read by the side that waits for
   * it: everything that one did in its turn is seen by the other in the next.
   */
  private volatile boolean bodysTurn;

  /**
   * @param loop null if the code belongs to none
   */
  ThreadCoroutine(Seat seat, @Nullable Loop loop, World world, Runnable body) {
    this.seat = seat;
    this.loop = loop;
    this.world = world;
    this.body = body;
  }

  @Override
  void resume() {
    host = Thread.currentThread();
    if (thread == null) {
      thread = world.start("lemnos-actor", true, this::begin);
    }
    detach();
    bodysTurn = true;
    LockSupport.unpark(thread);
    awaitTurn(false);
    attach();
  }

  @Override
  @Nullable Thread thread() {
    return thread;
  }

  private void begin() {
    awaitTurn(true);
    attach();
    Seat.take(seat);
    try {
      body.run();
    } finally {
      setDone();
      giveBack();
    }
  }

  @Override
  void suspend() {
    giveBack();
    awaitTurn(true);
    attach();
  }

  private void attach() {
    if (loop != null) {
      loop.attach();
    }
  }

  private void detach() {
    if (loop != null) {
      loop.detach();
    }
  }

  private void awaitTurn(boolean bodys) {
    Thread.interrupted(); // an interrupt would make every park return at once
    while (bodysTurn != bodys) {
      LockSupport.park(this);
      Thread.interrupted();
    }
  }

  private void giveBack() {
    Thread h = host;
    detach();
    bodysTurn = false;
    LockSupport.unpark(h);
  }
}
