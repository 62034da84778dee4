package lemnos.examples.redis;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import lemnos.core.Cx;
import lemnos.runtime.ActorGroup;
import lemnos.runtime.ActorRef;

/**
 * An object actor that knows who hears which channel. There is one on each worker, for the channels
 * whose names' hashes lead there.
 */
final class Channels {
  private final Map<Bytes, ActorGroup<Note>> groups = new HashMap<>();
  private final Map<ActorRef<Note>, Subscriber> subscribers = new HashMap<>();

  private final IntConsumer count;

  /**
   * @param count told how many channels there are, when that changes
   */
  Channels(Cx<Channels> cx, IntConsumer count) {
    this.count = count;
  }

  /** From now on the subscriber gets what is published. */
  Integer join(Bytes channel, Subscriber subscriber) {
    groups.computeIfAbsent(channel, _ -> new ActorGroup<>()).addUnique(subscriber.inbox());
    subscribers.put(subscriber.inbox(), subscriber);
    count.accept(groups.size());
    return groups.size();
  }

  /** What is published from now on does not reach the subscriber any more. */
  Integer leave(Bytes channel, Subscriber subscriber) {
    ActorGroup<Note> group = groups.get(channel);
    if (group != null && group.remove(subscriber.inbox()) && group.isEmpty()) {
      groups.remove(channel);
      count.accept(groups.size());
    }
    return groups.size();
  }

  /** The connection has ended. */
  void forget(Subscriber subscriber) {
    subscribers.remove(subscriber.inbox());
  }

  /** Tells everybody on the channel; answers how many that were. */
  Integer publish(Bytes channel, byte[] payload) {
    ActorGroup<Note> group = groups.get(channel);
    if (group == null) {
      return 0;
    }
    return group.trySendToAll(
        new Note.Message(channel, payload),
        full -> {
          Subscriber slow = subscribers.get(full);
          if (slow != null) {
            slow.fallBehind();
          }
        });
  }
}
