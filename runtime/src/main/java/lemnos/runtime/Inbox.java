package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bounded queue of messages in front of a sequential actor, and at the same time the reference
 * to it. It outlives restarts of the actor. Anybody may put in; only the actor takes out.
 *
 * <p><b>The ring.</b> A sender claims the next position by moving the tail, fills its slot and then
 * wakes the receiver, unless that is {@link #watched looking} anyhow: so a slot that is claimed and
 * still empty may be taken for an empty inbox, and the messages behind it wait no longer than that
 * one sender. The ring is made when the first message comes; an actor that nobody sends to has
 * none, and none of the padding that queues for few and busy owners have. Where the {@link
 * Receiver} has got to it keeps itself.
 *
 * <p><b>The end.</b> {@link #CLOSED} is a bit of the same word that is claimed: after it is set
 * nobody puts in. A message whose position was claimed before and filled after is withdrawn by its
 * sender.
 *
 * <p><b>Waiting for room.</b> A sender that finds the inbox full joins those who wait. After each
 * turn of the actor, in which it may have taken messages, its worker {@link Receiver#admit admits}
 * as many senders as there is room for; so waiting costs a wake-up for each batch and not for each
 * message, and taking costs nothing. A sender of another thread may join just after the worker has
 * looked: so it has the actor woken, which ends with another look. Who is admitted but gives up
 * leaves its place to the next.
 */
final class Inbox<M> implements ActorRef<M> {
  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  private static final long CLOSED = 1;

  /** Positions count in twos, beside the bit CLOSED. */
  static final long ONE = 2;

  /** Where in {@link #words} the tail and the limit are: a cache line off its ends. */
  private static final int TAIL = 8;

  private static final int LIMIT = 9;
  private static final int WORDS_LENGTH = 18;

  /** The words of an inbox that was closed before it had any. */
  private static final long[] CLOSED_WORDS = words(0, CLOSED);

  private static final VarHandle WORDS;
  private static final VarHandle RING;
  private static final VarHandle WATCHED;
  private static final VarHandle WATCHING;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      WORDS = lookup.findVarHandle(Inbox.class, "words", long[].class);
      RING = lookup.findVarHandle(Inbox.class, "ring", Object[].class);
      WATCHED = lookup.findVarHandle(Inbox.class, "watched", boolean.class);
      WATCHING = lookup.findVarHandle(Inbox.class, "watching", Queue.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Process<M> receiver;
  private final int capacity;

  /**
   * What senders write, in cache lines of its own; null until the first message comes, then the
   * same for good. The tail is the next position to claim, and CLOSED, which is never cleared. The
   * limit is a head that some sender saw, plus the capacity: up to there nobody need look at the
   * head again, which the receiver writes with every message. An old value makes a sender look, no
   * more. So, as heads only grow, {@code head <= tail <= head + capacity} at every moment.
   */
  private volatile long @Nullable [] words;

  /**
   * As long as the capacity, but a power of two; null until the first slot is to be filled, then
   * the same for good. The slot of a position is empty when that is claimed; then it is filled
   * once, by whoever claimed it, and emptied once: by the receiver, by the end, or by the same
   * sender, who withdraws it. As no more positions than slots are claimed at a time, it is nobody
   * else's until the head has passed it.
   */
  private volatile @Nullable Object @Nullable [] ring;

  /**
   * The actor looks for messages itself, and will look here once more after it has cleared this; so
   * it need not be woken for a message that was put in before this was read as true. Set and
   * cleared by the actor in one and the same turn.
   */
  private volatile boolean watched;

  /** What is to be done when the actor has ended. Any thread joins. */
  private volatile @Nullable Queue<Runnable> watching;

  /** The actor has ended. Set <em>before</em> who watches is told; they look after they joined. */
  private volatile boolean ended;

  /** A sender that waits for room, once. */
  static final class Waiter {
    final Runnable wake;
    final Inbox<?> inbox;

    /** Set by the receiver's worker when the sender's turn has come, before it wakes the sender. */
    volatile boolean admitted;

    Waiter(Runnable wake, Inbox<?> inbox) {
      this.wake = wake;
      this.inbox = inbox;
    }

    /** For whom the sender waits, if nothing has changed that yet; null if it has. */
    @Nullable Process<?> receiver() {
      return !admitted && inbox.isFull() ? inbox.receiver : null;
    }
  }

  Inbox(int capacity, Process<M> receiver) {
    this.capacity = capacity;
    this.receiver = receiver;
  }

  // Senders

  @Override
  public Sent trySend(M message) {
    Objects.requireNonNull(message, "null is no message");
    Reply<?> reply = message instanceof Request<?> request ? request.reply() : null;
    long[] words = words();
    long at;
    do {
      at = (long) WORD.getVolatile(words, TAIL);
      if ((at & CLOSED) != 0) {
        return Sent.GONE;
      }
      if (at >= words[LIMIT] && !hasRoom(words, at)) {
        return Sent.FULL;
      }
    } while (!WORD.compareAndSet(words, TAIL, at, at + ONE));
    Process<?> owner = reply == null ? null : reply.passTo(receiver);
    @Nullable Object[] slots = slots();
    SLOT.setRelease(slots, slot(at, slots), message);
    if (!isWatched()) {
      receiver.wake();
    }
    if (isConnected() || !isWithdrawn(slots, at, message)) {
      return Sent.SENT;
    }
    if (reply != null) {
      reply.passTo(owner);
    }
    return Sent.GONE;
  }

  /** Whether the receiver will find the message that has been put in, without being woken. */
  private boolean isWatched() {
    if (!watched) {
      return false;
    }
    VarHandle.fullFence(); // the message must be there before this is read; see unwatch()
    return watched;
  }

  private boolean hasRoom(long[] words, long at) {
    long limit = receiver.head() + capacity * ONE;
    words[LIMIT] = limit;
    return at < limit;
  }

  private boolean isFull() {
    return tail() - receiver.head() >= capacity * ONE;
  }

  private long[] words() {
    long[] made = words;
    if (made == null) {
      made = words(capacity * ONE, 0);
      long[] others = (long[]) WORDS.compareAndExchange(this, null, made);
      made = others == null ? made : others;
    }
    return made;
  }

  private static long[] words(long limit, long tail) {
    var words = new long[WORDS_LENGTH];
    words[LIMIT] = limit;
    words[TAIL] = tail;
    return words;
  }

  private long tail() {
    long[] made = words;
    return made == null ? 0 : (long) WORD.getVolatile(made, TAIL);
  }

  private @Nullable Object[] slots() {
    @Nullable Object[] slots = ring;
    if (slots == null) {
      slots = new Object[Math.max(2, Integer.highestOneBit(capacity - 1) << 1)];
      @Nullable Object[] others = (Object[]) RING.compareAndExchange(this, null, slots);
      slots = others == null ? slots : others;
    }
    return slots;
  }

  private static int slot(long position, @Nullable Object[] slots) {
    return (int) (position >>> 1) & (slots.length - 1);
  }

  /** The inbox was closed meanwhile: whether the message can be taken back. */
  private static boolean isWithdrawn(@Nullable Object[] slots, long at, Object message) {
    return SLOT.compareAndSet(slots, slot(at, slots), message, null);
  }

  /** Puts {@code message} into the inbox that {@code to} leads to, waiting for room. */
  static <M> Sent send(ActorRef<M> to, M message) {
    if (to instanceof Inbox<M> inbox) {
      return inbox.send(message, Alarm.NEVER); // as a rule, and without a letter
    }
    Letter<?> letter = Letter.of(to, message);
    return letter == null ? Sent.REFUSED : letter.send(Alarm.NEVER);
  }

  /** The inbox that {@code ref} leads to. */
  static Inbox<?> of(ActorRef<?> ref) {
    return switch (ref) {
      case Inbox<?> inbox -> inbox;
      case MappedRef<?, ?> mapped -> of(mapped.target());
    };
  }

  /** Waits for room, until {@code until} of the receiver's time: FULL if there was none. */
  Sent send(M message, long until) {
    Sent sent = trySend(message);
    while (sent == Sent.FULL && awaitRoom(until)) {
      sent = trySend(message);
    }
    return sent;
  }

  private boolean awaitRoom(long until) {
    Caller caller = Caller.toWaitFor(receiver, "the inbox of '" + receiver + "' is full");
    Waiter waiter = join(caller);
    boolean over = false;
    if (until == Alarm.NEVER) {
      caller.beginWait(waiter);
    }
    try {
      over = caller.await(() -> waiter.admitted || !isConnected(), receiver.world(), until);
    } finally {
      caller.endWait();
      if (!over && !receiver.leave(waiter)) {
        receiver.wake(); // it has been admitted, but goes
      }
    }
    return over;
  }

  private Waiter join(Runnable wake) {
    var waiter = new Waiter(wake, this);
    receiver.join(waiter);
    receiver.wake();
    return waiter;
  }

  /** Has {@code code} run once the actor has ended: on its worker, or at once if it has already. */
  void onEnd(Runnable code) {
    Queue<Runnable> queue = watching;
    if (queue == null) {
      WATCHING.compareAndSet(this, null, new ConcurrentLinkedQueue<Runnable>());
      queue = Objects.requireNonNull(watching);
    }
    queue.add(code);
    if (ended) {
      tellTheEnd();
    }
  }

  void awaitEnd() {
    if (ended) {
      return;
    }
    Caller caller = Caller.toWaitFor(receiver, "'" + receiver + "' has not ended");
    onEnd(caller);
    try {
      caller.await(() -> ended, receiver.world(), Alarm.NEVER);
    } finally {
      Objects.requireNonNull(watching).remove(caller);
    }
  }

  private void tellTheEnd() {
    Queue<Runnable> queue = watching;
    if (queue != null) {
      for (Runnable code = queue.poll(); code != null; code = queue.poll()) {
        code.run();
      }
    }
  }

  @Override
  public boolean isConnected() {
    return (tail() & CLOSED) == 0;
  }

  @Override
  public boolean sendsTo(ActorRef<?> other) {
    return other == this || (other instanceof MappedRef<?, ?> && other.sendsTo(this));
  }

  Process<M> receiver() {
    return receiver;
  }

  // For the receiver

  /** Null until there was a message. */
  @Nullable Object @Nullable [] ring() {
    return ring;
  }

  /** The message at a position, or null. */
  static @Nullable Object peek(@Nullable Object[] slots, long at) {
    return SLOT.getAcquire(slots, slot(at, slots));
  }

  static void empty(@Nullable Object[] slots, long at) {
    slots[slot(at, slots)] = null;
  }

  /** For how many messages there is room. */
  long room() {
    return capacity - (tail() - receiver.head()) / ONE;
  }

  /** The receiver will look for messages itself, so it need not be woken. */
  void watch() {
    WATCHED.setOpaque(this, true);
  }

  /** It has to be woken again, for all messages that it does not find from now on. */
  void unwatch() {
    WATCHED.setOpaque(this, false);
    VarHandle.fullFence(); // pairs with that in isWatched()
  }

  /** Refuses what comes from now on, unless a message is there. Returns whether it does. */
  boolean closeIfEmpty() {
    long at = receiver.head();
    return WORD.compareAndSet(words(), TAIL, at, at | CLOSED) || !isConnected();
  }

  /** The actor has ended: drops what waits and refuses what comes. */
  void close() {
    if (!WORDS.compareAndSet(this, null, CLOSED_WORDS)) {
      WORD.getAndBitwiseOr(words(), TAIL, CLOSED);
    }
    @Nullable Object[] slots = ring;
    if (slots != null) {
      for (int i = 0; i < slots.length; i++) {
        if (SLOT.getAndSet(slots, i, null) instanceof Request<?> request) {
          drop(request);
        }
      }
    }
    receiver.admitAll();
    ended = true;
    tellTheEnd();
  }

  private void drop(Request<?> request) {
    try {
      request.reply().drop();
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("actor", receiver)
          .setCause(e)
          .log("could not drop a request that has no reply");
    }
  }

  @Override
  public String toString() {
    return "ActorRef of " + receiver;
  }
}
