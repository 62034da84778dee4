package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The right to respond once to a {@link Request}. It belongs to the actor that has received the
 * request, until that receives its next message: if it has not responded by then, has not passed
 * the request on to another actor, and has not said {@link #hold}, the requester is told that no
 * response will come. The same if the actor ends or is restarted. {@link #respond} may be called
 * from any thread, the rest by the actor alone.
 *
 * @param <R> the response
 */
public final class Reply<R> {
  /** In place of a response: none will come. */
  private static final Object NONE = new Object();

  /** In place of a response: nobody waits for one. */
  private static final Object UNWANTED = new Object();

  private static final VarHandle OUTCOME;

  static {
    try {
      OUTCOME = MethodHandles.lookup().findVarHandle(Reply.class, "outcome", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Caller requester;

  /** Null at first, then once and for all the response, NONE or UNWANTED. Any thread. */
  private volatile @Nullable Object outcome;

  /** The actor it belongs to. Written by whoever has the request, before it is passed on. */
  private @Nullable Process<?> owner;

  /** It outlives the receipt of the next message. */
  private boolean held;

  Reply(Caller requester) {
    this.requester = requester;
  }

  /** Responds. Returns whether anybody waits for that, and nobody has responded before. */
  public boolean respond(R response) {
    return settle(Objects.requireNonNull(response, "null is no response"));
  }

  /** Responds with what {@code response} returns, which is not asked if nobody waits for it. */
  public boolean respondWith(Supplier<? extends R> response) {
    return isConnected() && respond(response.get());
  }

  /** Keeps the right to respond beyond the receipt of the actor's next message. */
  public void hold() {
    held = true;
  }

  /** Whether somebody waits for the response. False is final. */
  public boolean isConnected() {
    return outcome == null;
  }

  /** Whether {@code process} still has to respond, and has said that it will. */
  boolean isHeldBy(Process<?> process) {
    return held && owner == process && isConnected();
  }

  /** Gives it to {@code process}; returns whose it was. */
  @Nullable Process<?> passTo(@Nullable Process<?> process) {
    Process<?> before = owner;
    owner = process;
    return before;
  }

  /** The actor that it was given to has it now. Whoever gave it may have held it. */
  void received() {
    held = false;
  }

  /** If it is still {@code process}'s, there will be no response. */
  void dropFrom(Process<?> process) {
    if (owner == process) {
      drop();
    }
  }

  /** There will be no response. */
  void drop() {
    settle(NONE);
  }

  /** Nobody wants a response any more. */
  void refuse() {
    settle(UNWANTED);
  }

  private boolean settle(Object with) {
    boolean settled = OUTCOME.compareAndSet(this, null, with);
    if (settled) {
      requester.run();
    }
    return settled;
  }

  /** What has become of it, before it is {@linkplain #refuse refused}. */
  @SuppressWarnings("unchecked") // what is not the mark is a response
  RpcResult<R> result() {
    Object result = outcome;
    if (result == null) {
      return new RpcResult.TimedOut<>();
    }
    return result == NONE ? new RpcResult.NoResponse<>() : new RpcResult.Response<>((R) result);
  }
}
