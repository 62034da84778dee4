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
  /** Those who hear one channel: as a group to send to, and each by its reference. */
  private record Hearers(ActorGroup<Note> group, Map<ActorRef<Note>, Subscriber> known) {
    Hearers() {
      this(new ActorGroup<>(), new HashMap<>());
    }
  }

  private final Map<Bytes, Hearers> channels = new HashMap<>();
  private final IntConsumer count;

  /**
   * @param count told how many channels there are, when that changes
   */
  Channels(Cx<Channels> cx, IntConsumer count) {
    this.count = count;
  }

  /** From now on the subscriber gets what is published; answers how many channels there are. */
  Integer join(Bytes channel, Subscriber subscriber) {
    Hearers hearers = channels.computeIfAbsent(channel, _ -> new Hearers());
    if (hearers.known().put(subscriber.inbox(), subscriber) == null) {
      hearers.group().add(subscriber.inbox());
    }
    return counted();
  }

  /** What is published from now on does not reach the subscriber any more. */
  Integer leave(Bytes channel, Subscriber subscriber) {
    Hearers hearers = channels.get(channel);
    if (hearers != null && hearers.known().remove(subscriber.inbox()) != null) {
      hearers.group().remove(subscriber.inbox());
      if (hearers.group().isEmpty()) {
        channels.remove(channel);
      }
    }
    return counted();
  }

  private int counted() {
    count.accept(channels.size());
    return channels.size();
  }

  /** Tells everybody on the channel; answers how many that were. */
  Integer publish(Bytes channel, byte[] payload) {
    Hearers hearers = channels.get(channel);
    if (hearers == null) {
      return 0;
    }
    for (Subscriber subscriber : hearers.known().values()) {
      subscriber.queued(payload.length);
    }
    return hearers
        .group()
        .trySendToAll(
            new Note.Message(channel, payload),
            full -> {
              Subscriber slow = hearers.known().get(full);
              if (slow != null) {
                slow.fallBehind();
              }
            });
  }
}
