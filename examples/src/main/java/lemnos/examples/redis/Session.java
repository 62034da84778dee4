package lemnos.examples.redis;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Shape;
import org.jspecify.annotations.Nullable;

/** What a connection knows of its client. */
final class Session {
  /** All that a client of protocol 2 may send while it hears channels. */
  private static final Set<String> WHILE_SUBSCRIBED =
      Set.of("ping", "quit", "reset", "subscribe", "unsubscribe");

  private final long id;
  private final String peer;
  private final String local;
  private final LongSupplier nanos;
  private final long openedNanos;
  private final Supplier<ServerStatus> status;
  private final LinkedHashSet<Bytes> channels = new LinkedHashSet<>();

  private int protocol = 2;
  private byte[] name = {};
  private byte[] libraryName = {};
  private byte[] libraryVersion = {};
  private boolean closing;

  /**
   * @param id unique among all connections of the server, from 1
   * @param peer the client's address and port
   * @param local the server's
   * @param nanos the monotone clock
   */
  Session(long id, String peer, String local, LongSupplier nanos, Supplier<ServerStatus> status) {
    this.id = id;
    this.peer = peer;
    this.local = local;
    this.nanos = nanos;
    this.openedNanos = nanos.getAsLong();
    this.status = status;
  }

  /** Why this command may not run, or null if it may. */
  @Nullable Reply refusal(Command command) {
    CommandSpec spec = command.spec();
    if (!spec.takes(command.count())) {
      return Failures.wrongArguments(spec.name());
    }
    if (isPushedTo() && spec.isKnown() && !WHILE_SUBSCRIBED.contains(spec.name())) {
      return Failures.onlyWhileSubscribed(spec.name());
    }
    return null;
  }

  /** Version 2 or 3 of the protocol, in which replies are to be written. */
  int protocol() {
    return protocol;
  }

  /** Whether the connection is to be closed when all replies are written. */
  boolean closing() {
    return closing;
  }

  /** The channels that the client hears, in the order in which it came to them. */
  Set<Bytes> channels() {
    return channels;
  }

  /** Whether the client speaks protocol 2 and hears channels, so that it can do little else. */
  boolean isPushedTo() {
    return protocol == 2 && !channels.isEmpty();
  }

  /** Adds a channel; what to tell the client of it. */
  Reply subscribe(Bytes channel) {
    channels.add(channel);
    return told("subscribe", new Reply.Bulk(channel.array()));
  }

  /** Takes a channel away; what to tell the client of it. */
  Reply unsubscribe(Bytes channel) {
    channels.remove(channel);
    return told("unsubscribe", new Reply.Bulk(channel.array()));
  }

  /** What to tell a client that wants to leave all channels and hears none. */
  Reply unsubscribeFromNone() {
    return told("unsubscribe", Reply.NULL);
  }

  /** A message on a channel that the client hears. */
  static Reply message(Bytes channel, byte[] payload) {
    return new Group(
        Shape.PUSH,
        Reply.bulk("message"),
        new Reply.Bulk(channel.array()),
        new Reply.Bulk(payload));
  }

  long id() {
    return id;
  }

  /** Empty if the client has not given any. */
  byte[] name() {
    return name;
  }

  ServerStatus status() {
    return status.get();
  }

  void speak(int version) {
    protocol = version;
  }

  void rename(byte[] newName) {
    name = newName;
  }

  void libraryName(byte[] newName) {
    libraryName = newName;
  }

  void libraryVersion(byte[] newVersion) {
    libraryVersion = newVersion;
  }

  void close() {
    closing = true;
  }

  /** Forgets all that the client has said. */
  void reset() {
    protocol = 2;
    name = new byte[0];
    channels.clear();
  }

  /** What CLIENT INFO tells. */
  String describe() {
    long age = (nanos.getAsLong() - openedNanos) / 1_000_000_000;
    return ("id=%d addr=%s laddr=%s name=%s age=%d idle=0 flags=%s db=0 sub=%d psub=0 ssub=0"
            + " multi=-1 events=r cmd=client|info user=default redir=-1 resp=%d"
            + " lib-name=%s lib-ver=%s\n")
        .formatted(
            id,
            peer,
            local,
            Ascii.string(name),
            age,
            channels.isEmpty() ? "N" : "P",
            channels.size(),
            protocol,
            Ascii.string(libraryName),
            Ascii.string(libraryVersion));
  }

  private Reply told(String what, Reply channel) {
    return new Group(Shape.PUSH, Reply.bulk(what), channel, Reply.number(channels.size()));
  }
}
