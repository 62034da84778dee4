package lemnos.examples.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import lemnos.net.TcpStream;
import lemnos.runtime.Answer;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sequential actor that serves one client: a plain loop that reads commands, has them run, and
 * writes the replies. Commands that have come together are all on their way at once, and are
 * answered in one write.
 */
final class Connection {
  /** How many commands of one client may be on their way at once. */
  static final int MAX_PENDING = 1024;

  /** Replies are written when they come to this many bytes, even if more are to follow. */
  static final int WRITE_BYTES = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private final Context<Note> ctx;
  private final TcpStream stream;
  private final Keep keep;
  private final Session session;
  private final Subscriber subscriber;
  private final RespReader reader;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private ByteBuf in = Unpooled.EMPTY_BUFFER;
  private @Nullable ByteBuf out;
  private int commands;

  Connection(Context<Note> ctx, TcpStream stream, Keep keep) {
    this.ctx = ctx;
    this.stream = stream;
    this.keep = keep;
    this.session = keep.session(text(stream.remoteAddress()), text(stream.localAddress()));
    this.subscriber = new Subscriber(ctx.self(), () -> ctx.core().execute(stream::abort));
    this.reader = new RespReader(keep.hash());
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  void serve() throws IOException {
    keep.opened(ctx.self());
    try {
      while (!session.closing() && !subscriber.isBehind()) {
        if (!runWhatHasCome() && !awaitMore()) {
          break;
        }
      }
    } catch (ProtocolError e) {
      finishReplies();
      RespWriter.write(Reply.failure("ERR " + e.getMessage()), session.protocol(), out());
      flush();
    } catch (IOException e) {
      LOG.debug("client {} is gone: {}", session.id(), e.getMessage());
    } finally {
      leave();
    }
  }

  /** Runs the commands that have come as a whole; returns whether there were any. */
  private boolean runWhatHasCome() throws IOException, ProtocolError {
    try {
      boolean any = false;
      for (int i = 0; i < MAX_PENDING && !session.closing(); i++) {
        Command command = reader.next(in);
        if (command == null) {
          break;
        }
        any = true;
        commands++;
        begin(command);
      }
      return any;
    } finally {
      finishReplies();
      pushNotes();
      flush();
      keep.served(commands);
      commands = 0;
    }
  }

  /** Waits for the client or a note; returns whether the connection is to go on. */
  private boolean awaitMore() throws IOException {
    if (keep.isStopping()) {
      return false;
    }
    ctx.await(stream, ctx.messages());
    if (stream.isReady()) {
      in.release();
      in = Unpooled.EMPTY_BUFFER;
      ByteBuf received = stream.receive();
      if (received == null) {
        return false;
      }
      in = received;
    }
    return true;
  }

  private void begin(Command command) throws IOException {
    Reply refusal = session.refusal(command);
    if (refusal != null) {
      reply(refusal);
      return;
    }
    switch (command.spec().route()) {
      case CONNECTION -> {
        finishReplies();
        reply(command.spec().onSession().run(session, command));
      }
      case CHANNEL -> {
        finishReplies();
        withActors(command);
      }
      case KEY, KEYS, CURSOR, ALL -> ask(command);
    }
  }

  // Data: asked of the shards

  private void ask(Command command) {
    int shard = keep.routing().shard(command);
    if (shard != Routing.SEVERAL) {
      pending.add(new Pending.Whole(ask(shard, command)));
      return;
    }
    Split split = keep.routing().split(command);
    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    Answer<Reply>[] answers = new Answer[split.size()];
    for (int i = 0; i < answers.length; i++) {
      answers[i] = ask(split.shard(i), split.command(i));
    }
    pending.add(new Pending.Parts(split, answers));
  }

  private Answer<Reply> ask(int shard, Command command) {
    Answer<Reply> answer = ctx.answer();
    keep.shard(shard).ask(Shard::execute, command, answer.ret());
    return answer;
  }

  // Replies, in the order of the commands

  private void reply(Reply reply) throws IOException {
    finishReplies();
    write(reply);
  }

  private void finishReplies() throws IOException {
    for (Pending next = pending.poll(); next != null; next = pending.poll()) {
      write(next.get(session));
    }
  }

  private void write(Reply reply) throws IOException {
    ByteBuf to = out();
    RespWriter.write(reply, session.protocol(), to);
    if (to.readableBytes() >= WRITE_BYTES) {
      flush();
    }
  }

  private ByteBuf out() {
    ByteBuf to = out;
    if (to == null) {
      to = stream.alloc().buffer();
      out = to;
    }
    return to;
  }

  private void flush() throws IOException {
    ByteBuf full = out;
    if (full != null) {
      out = null;
      stream.write(full);
    }
  }

  // Channels: asked of their actors; what is published comes as notes

  private void withActors(Command command) throws IOException {
    switch (command.spec().name()) {
      case "subscribe" -> subscribe(command.keys());
      case "unsubscribe" -> unsubscribe(command.keys());
      case "publish" -> publish(command.key(), command.arg(2));
      case "reset" -> reset(command);
      case "debug" -> debug(command);
      default -> throw new AssertionError(command.spec().name());
    }
  }

  private void subscribe(Bytes[] channels) throws IOException {
    for (Bytes channel : channels) {
      ctx.ask(keep.channels(channel), Channels::join, channel, subscriber);
      write(session.subscribe(channel));
    }
  }

  private void unsubscribe(Bytes[] channels) throws IOException {
    Bytes[] which = channels.length > 0 ? channels : session.channels().toArray(Bytes[]::new);
    if (which.length == 0) {
      write(session.unsubscribeFromNone());
    }
    for (Bytes channel : which) {
      ctx.ask(keep.channels(channel), Channels::leave, channel, subscriber);
      pushNotes(); // what was published before
      write(session.unsubscribe(channel));
    }
  }

  private void publish(Bytes channel, byte[] payload) throws IOException {
    Integer count = ctx.ask(keep.channels(channel), Channels::publish, channel, payload);
    write(Reply.number(count == null ? 0 : count));
  }

  private void reset(Command command) throws IOException {
    leaveAll();
    write(ConnectionCommands.reset(session, command));
  }

  private void debug(Command command) throws IOException {
    if (!keep.isDebug() || command.count() != 3) {
      write(Failures.DEBUG);
      return;
    }
    var key = new Bytes(command.arg(2), keep.hash());
    Reply reply = ctx.ask(keep.shard(keep.routing().shard(key)), Shard::panic, command);
    write(reply == null ? Failures.SHARD_FAILED : reply);
  }

  private void pushNotes() throws IOException {
    for (Note note = ctx.tryReceiveNext(); note != null; note = ctx.tryReceiveNext()) {
      if (note instanceof Note.Message(Bytes channel, byte[] payload)) {
        subscriber.taken(payload.length);
        if (session.channels().contains(channel)) {
          write(Session.message(channel, payload));
        }
      }
    }
  }

  private void leaveAll() {
    for (Bytes channel : session.channels()) {
      keep.channels(channel).call(Channels::leave, channel, subscriber);
    }
  }

  private void leave() {
    leaveAll();
    in.release();
    if (out != null) {
      out.release();
    }
    keep.closed(ctx.self());
  }
}
