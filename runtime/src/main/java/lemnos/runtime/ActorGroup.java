package lemnos.runtime;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Actors that are sent the same messages: to all of them or to one at a time, in turn. May be used
 * from any thread; changing it copies it, so it suits groups that are used more than changed.
 *
 * @param <M> the messages
 */
public final class ActorGroup<M> {
  private final CopyOnWriteArrayList<ActorRef<M>> members = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  /** A group without members. */
  public ActorGroup() {}

  /** Adds a member unless it is one. Returns whether it was added. */
  public boolean addUnique(ActorRef<M> ref) {
    synchronized (members) {
      return members.stream().noneMatch(r -> r.sendsTo(ref)) && members.add(ref);
    }
  }

  /** Adds a member; one that is in the group twice gets messages twice. */
  public void add(ActorRef<M> ref) {
    members.add(ref);
  }

  /** Removes a member, as often as it is in the group. Returns whether it was one. */
  public boolean remove(ActorRef<M> ref) {
    return members.removeIf(r -> r.sendsTo(ref));
  }

  /** Removes those that have ended. */
  public void removeDisconnected() {
    members.removeIf(r -> !r.isConnected());
  }

  public int size() {
    return members.size();
  }

  public boolean isEmpty() {
    return members.isEmpty();
  }

  /** The members as they are now. */
  public List<ActorRef<M>> members() {
    return List.copyOf(members);
  }

  /**
   * Sends {@code message} to every member.
   *
   * @param onFull gets each member whose inbox is full, and which misses the message for that; null
   *     if that does not matter
   * @return how many got it
   */
  public int trySendToAll(M message, @Nullable Consumer<? super ActorRef<M>> onFull) {
    int sent = 0;
    for (ActorRef<M> member : members) {
      switch (member.trySend(message)) {
        case SENT -> sent++;
        case FULL -> {
          if (onFull != null) {
            onFull.accept(member);
          }
        }
        case GONE -> {}
      }
    }
    return sent;
  }

  /**
   * Sends {@code message} to one member: the next in turn, or the first after it that can take it.
   *
   * @return {@link Sent#GONE} if nobody is left, {@link Sent#FULL} if all inboxes are full
   */
  public Sent trySendToOne(M message) {
    Object[] all = members.toArray();
    Sent result = Sent.GONE;
    int first = turn.getAndIncrement();
    for (int i = 0; i < all.length; i++) {
      @SuppressWarnings("unchecked") // the group holds nothing else
      var member = (ActorRef<M>) all[Math.floorMod(first + i, all.length)];
      Sent sent = member.trySend(message);
      if (sent == Sent.SENT) {
        return sent;
      }
      result = sent == Sent.FULL ? sent : result;
    }
    return result;
  }
}
