package lemnos.runtime;

import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import lemnos.core.Core;
import lemnos.core.Query;
import lemnos.core.Recipient;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;

/**
 * What a sequential actor can do: receive, ask, wait. For the actor's own code only; it must not be
 * given to anybody else. Whatever waits throws {@link Cancelled} when the runtime stops.
 *
 * <p>Whoever waits, in whatever way, must have left every monitor ({@code synchronized}) and lock:
 * what may happen else is told at {@link SequentialActor}.
 *
 * @param <M> the messages that the actor receives
 */
public final class Context<M> {
  private final Process<M> process;

  Context(Process<M> process) {
    this.process = process;
  }

  /** The reference that others have, or may be given, to this actor. */
  public ActorRef<M> self() {
    return process.inbox();
  }

  /**
   * The worker that the actor runs on, a thread-safe one in this turn, and what can be done there.
   */
  public RuntimeRef runtime() {
    return Objects.requireNonNull(process.worker(), "to be called by the actor in its turn").ref();
  }

  /**
   * The worker's loop: its timers, its environment, new object actors.
   *
   * @throws IllegalStateException if the actor is a thread-safe one, which has no loop
   */
  public Core core() {
    return process.loop();
  }

  // Messages

  /**
   * Waits for the next message. Not while the actor holds a monitor or a lock.
   *
   * @throws Disconnected if none is left and none will come
   */
  public M receiveNext() {
    for (; ; ) {
      M message = process.tryReceive();
      if (message != null) {
        return message;
      }
      process.awaitMessage();
    }
  }

  /**
   * The next message, or null if none is there now but some may come.
   *
   * @throws Disconnected if none is left and none will come
   */
  public @Nullable M tryReceiveNext() {
    return process.tryReceive();
  }

  /**
   * Waits for the next message and takes it and those behind it, up to {@code max} in all.
   *
   * @return how many were added to {@code into}, at least 1
   * @throws Disconnected if none is left and none will come
   */
  public int receiveBatch(Collection<? super M> into, int max) {
    if (max < 1) {
      throw new IllegalArgumentException("max is " + max + "; it must be at least 1");
    }
    int taken = 0;
    for (M message = receiveNext();
        message != null;
        message = taken < max ? process.take() : null) {
      into.add(message);
      taken++;
    }
    return taken;
  }

  /** Ready when a message is there, or none will come. */
  public Awaitable messages() {
    return new Awaitable() {
      @Override
      public boolean isReady() {
        return process.hasMessage() || process.isDisconnected();
      }

      /** Does nothing more: a message always wakes its receiver. */
      @Override
      public void arm(Runnable wake) {}
    };
  }

  // Answers

  /**
   * An answer to wait for: pass its {@link Answer#ret} to a call. Not in a thread-safe actor, which
   * has no loop to which an answer could come: there use {@link #ask}.
   */
  public <R> Answer<R> answer() {
    return Answer.ofLoop(process);
  }

  /** Asks an object actor, on this worker or another, and waits: null if no answer comes. */
  public <A, R> @Nullable R ask(
      Recipient<A> recipient, Query.Of0<? super A, ? extends @Nullable R> query) {
    return request(ret -> recipient.ask(query, ret));
  }

  /** Asks an object actor with an argument and waits: null if no answer comes. */
  public <A, T extends @Nullable Object, R> @Nullable R ask(
      Recipient<A> recipient, Query.Of1<? super A, ? super T, ? extends @Nullable R> query, T a) {
    return request(ret -> recipient.ask(query, a, ret));
  }

  /** Asks an object actor with two arguments and waits: null if no answer comes. */
  public <A, T extends @Nullable Object, U extends @Nullable Object, R> @Nullable R ask(
      Recipient<A> recipient,
      Query.Of2<? super A, ? super T, ? super U, ? extends @Nullable R> query,
      T a,
      U b) {
    return request(ret -> recipient.ask(query, a, b, ret));
  }

  private <R> @Nullable R request(Consumer<Ret<R>> ask) {
    Answer<R> answer = Answer.ofRequest(process);
    process.request(answer, ask);
    return answer.get();
  }

  /**
   * Waits for what other code will have done, and returns its result.
   *
   * @throws CompletionException with the exception that it ended with
   */
  public <R extends @Nullable Object> R await(CompletionStage<? extends R> stage) {
    var completion = new Completion<R>(process);
    stage.whenComplete(completion);
    return completion.get();
  }

  // Tracing

  /**
   * The beginning of something to be traced; null, at no cost, if nobody traces.
   *
   * <p>Source: heph-rt's {@code Trace}.
   */
  public @Nullable TraceTiming startTrace() {
    return process.tracer().start();
  }

  /** Records what began at {@code timing}; nothing if that is null. */
  public void finishTrace(
      @Nullable TraceTiming timing, String description, TraceAttribute... attributes) {
    if (timing != null) {
      process.tracer().finish(timing, process.number(), description, attributes);
    }
  }

  // Time and everything else

  /** Waits for {@code duration}, counted from now; if that is zero, lets others run. */
  public void sleep(Duration duration) {
    process.sleep(duration);
  }

  /** Waits until one of {@code sources} is ready, or several are. */
  public void await(Awaitable... sources) {
    process.await(sources);
  }

  /** Waits until one of {@code sources} is ready; returns false if none is after {@code limit}. */
  public boolean await(Duration limit, Awaitable... sources) {
    return process.await(process.later(limit), sources);
  }

  /** What is done {@link #within} a time, or by {@link #blocking}; {@code X} is what it throws. */
  @FunctionalInterface
  public interface Work<R extends @Nullable Object, X extends Exception> {
    R run() throws X;
  }

  /**
   * Does {@code work}, which must not wait any more once {@code limit}, counted from now, is over:
   * whatever it waits for then throws {@link DeadlinePassed}, even if that has just become ready.
   */
  public <R extends @Nullable Object, X extends Exception> R within(Duration limit, Work<R, X> work)
      throws X {
    var alarm = new Alarm(process.later(limit), limit);
    process.set(alarm);
    try {
      return work.run();
    } finally {
      process.unset(alarm);
    }
  }

  /**
   * Does {@code work}, which may block, on a virtual thread of its own, and waits for that while
   * the worker goes on. It must not touch what belongs to the worker. If the actor is stopped, or
   * its time is up, the thread is interrupted and the actor waits no longer. Work that blocks for
   * long in native code, or often, has its place in a {@linkplain Runtime#spawnSync sync actor}.
   *
   * @return what {@code work} returned; what it threw is thrown
   */
  public <R extends @Nullable Object, X extends Exception> R blocking(Work<R, X> work) throws X {
    process.checkOwnCode();
    var call = new BlockingCall<>(process, work);
    return call.get(process.world().start(process + "-blocking", true, call));
  }

  /**
   * Ticks, the first of which is due {@code period} from now, and each other {@code period} after
   * the one before it was taken: the time that the actor takes adds to the period.
   */
  public Interval interval(Duration period) {
    return new Interval(process, checked(period), false);
  }

  /**
   * Ticks, the first of which is due {@code period} from now, and each other {@code period} after
   * the one before it was due: they do not drift, and come at once if the actor is late.
   */
  public Interval steadyInterval(Duration period) {
    return new Interval(process, checked(period), true);
  }

  private static long checked(Duration period) {
    if (!period.isPositive()) {
      throw new IllegalArgumentException("period is " + period + "; it must be positive");
    }
    return Alarm.nanos(period);
  }
}
