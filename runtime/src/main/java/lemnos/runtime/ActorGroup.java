package lemnos.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Actors that are sent the same messages: to all of them or to one at a time, in turn. May be used
 * from any thread; changing it copies it, so it suits groups that are used more than changed.
 *
 * @param <M> the messages
 */
public final class ActorGroup<M> {
  private final CopyOnWriteArrayList<ActorRef<M>> members = new CopyOnWriteArrayList<>();

  /** How many messages were for one; goes round. */
  final AtomicInteger turn = new AtomicInteger();

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

  /** Leaves one of each member that is in the group several times. */
  public void makeUnique() {
    var unique = new ArrayList<ActorRef<M>>();
    members.removeIf( // in one step, so nobody sees the group without its members
        member -> unique.stream().anyMatch(r -> r.sendsTo(member)) || !unique.add(member));
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
        case GONE, REFUSED -> {}
      }
    }
    return sent;
  }

  /**
   * Sends {@code message} to one member: the next in turn, or the first after it that can take it.
   *
   * @return {@link Sent#SENT}, or {@link Sent#FULL} if there is an inbox that is full, or else
   *     {@link Sent#REFUSED} if there is a member, or else {@link Sent#GONE}
   */
  public Sent trySendToOne(M message) {
    Object[] all = members.toArray();
    Sent result = Sent.GONE;
    int first = turn.getAndIncrement();
    for (int i = 0; i < all.length; i++) {
      Sent sent = member(all, first + i).trySend(message);
      if (sent == Sent.SENT) {
        return sent;
      }
      boolean better = sent == Sent.FULL || (sent == Sent.REFUSED && result == Sent.GONE);
      result = better ? sent : result;
    }
    return result;
  }

  /**
   * Sends {@code message} to one member that has not ended, the next in turn, waiting for room.
   *
   * @return whether it was sent: false if nobody is left
   */
  public boolean sendToOne(M message) {
    Object[] all = members.toArray();
    int first = turn.getAndIncrement();
    for (int i = 0; i < all.length; i++) {
      if (member(all, first + i).send(message)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sends a {@link Request} to every member, waiting for room, and waits for all responses. Nobody
   * gets the request later because another's inbox is full.
   *
   * @param request makes the request for a member, into which it has to put the reply it is given
   * @return what became of each, in the order of {@link #members}
   */
  public <R> List<RpcResult<R>> rpcAll(Function<? super Reply<R>, ? extends M> request) {
    return rpcAll(request, Alarm.NEVER);
  }

  /** As {@link #rpcAll(Function)}, but waits no longer than {@code limit} for all of them. */
  public <R> List<RpcResult<R>> rpcAll(
      Function<? super Reply<R>, ? extends M> request, Duration limit) {
    return rpcAll(request, Alarm.nanos(limit));
  }

  private <R> List<RpcResult<R>> rpcAll(
      Function<? super Reply<R>, ? extends M> request, long limitNanos) {
    List<ActorRef<M>> all = members();
    long[] until = all.stream().mapToLong(member -> Rpc.deadline(member, limitNanos)).toArray();
    var underWay = new ArrayList<Rpc<R>>();
    for (int i = 0; i < until.length; i++) {
      underWay.add(Rpc.begin(all.get(i), request, until[i]));
    }
    underWay.forEach(Rpc::awaitRoom);
    return underWay.stream().map(Rpc::await).toList();
  }

  /** Waits until all who are members now have ended for good. */
  public void joinAll() {
    members.forEach(ActorRef::join);
  }

  @SuppressWarnings("unchecked") // the group holds nothing else
  private ActorRef<M> member(Object[] all, int at) {
    return (ActorRef<M>) all[Math.floorMod(at, all.length)];
  }
}
