package lemnos.core;

/**
 * A thread of its own beside a loop, for work that blocks or takes long, with a queue each way:
 * {@code O} goes out to the thread, {@code I} comes in from it. A linear handle: when it ends, the
 * thread is cancelled. Let the actor that uses the thread hold it.
 *
 * <p>To cancel a thread is to discard what waits in both queues, to let {@link PipedLink#receive}
 * return null and to interrupt the thread, so that it also leaves whatever else it may wait for.
 * Nothing arrives from it any more but its end. {@link #finish} is the gentle way.
 *
 * <p>Source of the semantics: Stakker's {@code PipedThread}.
 */
public final class PipedThread<O, I> extends Handle {
  /** What the thread does. */
  @FunctionalInterface
  public interface Body<O, I> {
    /** Runs on the thread; ends by returning or throwing. */
    void run(PipedLink<O, I> link) throws Exception;
  }

  private final PipedLink<O, I> link;

  private PipedThread(PipedLink<O, I> link) {
    this.link = link;
  }

  @SuppressWarnings("unchecked") // a Ret is replaced by one of the same kind
  static <O, I> PipedThread<O, I> start(
      Loop loop,
      String name,
      boolean virtual,
      Fwd<? super I> receiver,
      Ret<Throwable> ended,
      Body<O, I> body) {
    var end = (Ret<Throwable>) ended.passTo(loop);
    end.arrive(loop.away);
    var link = new PipedLink<O, I>(loop, receiver, end);
    var thread = loop.own(new PipedThread<>(link));
    try {
      loop.world.start(name, virtual, () -> link.run(body));
    } catch (Throwable t) {
      thread.end();
      link.abandon();
      end.settle(t);
      throw t;
    }
    return thread;
  }

  /**
   * Sends to the thread. The queue has no bound: where one is needed, let the thread answer each
   * message and count.
   *
   * @return whether the thread may yet receive it: false if it has ended
   * @throws IllegalStateException after {@link #finish}
   * @throws IllegalArgumentException if the message is a handle, which needs a loop
   */
  public boolean send(O message) {
    checkOwned();
    if (Handle.isOrIsIn(message)) {
      throw new IllegalArgumentException(message + " cannot go to a thread, which has no loop");
    }
    return link.put(message);
  }

  /**
   * Lets the thread work off what it was sent, after which {@link PipedLink#receive} returns null.
   * What it sends still arrives. Does not end the handle: that would cancel the thread.
   */
  public void finish() {
    checkOwned();
    link.finish();
  }

  @Override
  void dropped() {
    link.cancel();
  }

  @Override
  public String toString() {
    return "PipedThread@" + Integer.toHexString(System.identityHashCode(this));
  }
}
