package lemnos.runtime;

import java.util.concurrent.locks.LockSupport;
import lemnos.core.Loop;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * The kind that needs public API alone: a virtual thread that takes the worker's role in turn.
 * While it runs the worker's own thread waits, and the loop belongs to the virtual thread.
 */
final class ThreadCoroutine extends Coroutine {
  private final Loop loop;
  private final World world;
  private final Runnable body;
  private final @Nullable Worker worker = Worker.currentOrNull();
  private @Nullable Thread thread;
  private @Nullable Thread host;

  /**
   * Whose turn it is. Written by the side that gives the turn away, read by the side that waits for
   * it: everything that one did in its turn is seen by the other in the next.
   */
  private volatile boolean bodysTurn;

  ThreadCoroutine(Loop loop, World world, Runnable body) {
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
    loop.detach();
    bodysTurn = true;
    LockSupport.unpark(thread);
    awaitTurn(false);
    loop.attach();
  }

  @Override
  @Nullable Thread thread() {
    return thread;
  }

  private void begin() {
    awaitTurn(true);
    loop.attach();
    Worker.enter(worker);
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
    loop.attach();
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
    loop.detach();
    bodysTurn = false;
    LockSupport.unpark(h);
  }
}
