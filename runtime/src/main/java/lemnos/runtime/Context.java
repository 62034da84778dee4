package lemnos.runtime;

import java.time.Duration;
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
 * @param <M> the messages that the actor receives
 */
public final class Context<M> {
  private final Process<M, ?> process;

  Context(Process<M, ?> process) {
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

  /** Waits for the next message. */
  public M receiveNext() {
    for (; ; ) {
      M message = process.inbox().take();
      if (message != null) {
        return message;
      }
      process.park();
    }
  }

  /** The next message, or null if none is there now. */
  public @Nullable M tryReceiveNext() {
    return process.inbox().take();
  }

  /** Ready when a message is there. */
  public Awaitable messages() {
    return new Awaitable() {
      @Override
      public boolean isReady() {
        return !process.inbox().isEmpty();
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
}
