package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lemnos.runtime.ActorBody;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection of a server, whose streams have an actor each. What those write in a round
 * is sent at its end, all at once.
 */
final class Http2Connection implements Flusher.Flushed {
  private static final String CODEC = "http2";
  private static final ActorOptions OPTIONS = ActorOptions.standard().withName("http stream");

  private final Desk desk;
  private final Link link;
  private final boolean secure;
  private final Flusher flusher;
  private final Http2Codec codec;

  /** Where a stream of Netty's has ours. */
  private final PropertyKey ours;

  /** The codec's place. */
  private @Nullable ChannelHandlerContext context;

  private int streams;

  /** Streams that have nothing more to write, and may not have sent all of it. */
  private final List<ServerStream> ending = new ArrayList<>();

  private boolean flushing;

  /** When the connection ends if it has no stream until then. */
  private long idleBy;

  private boolean leaving;

  Http2Connection(Desk desk, Link link) {
    this.desk = desk;
    this.link = link;
    this.secure = link.isSecure();
    this.flusher = Flusher.of(desk.core());
    this.codec = Http2Codec.server(desk.limits(), this::refused, new Frames());
    this.ours = codec.connection().newKey();
    codec.connection().addListener(new Ends());
  }

  /** Puts the codec behind {@code choice}, and tells the connection's actor. */
  void install(ChannelHandlerContext choice) {
    choice.pipeline().addAfter(choice.name(), CODEC, codec);
    context = choice.pipeline().context(codec);
    link.channelWire().share();
    link.receive(this);
    link.stir();
  }

  /** Waits in the connection's actor until the connection has ended. */
  void serve() throws IOException {
    idleBy = link.in(desk.limits().idleTimeout());
    while (!link.isEnded() && !(leaving && streams == 0)) {
      link.await(streams == 0 ? idleBy : link.in(desk.limits().idleTimeout()));
      boolean isIdle = streams == 0 && link.core().now() >= idleBy;
      if (!leaving && (isIdle || desk.isDraining())) {
        leaving = true;
        int last = codec.connection().remote().lastStreamCreated();
        long code = Http2Error.NO_ERROR.code();
        codec.goAway(context(), last, code, Unpooled.EMPTY_BUFFER, context().newPromise());
        written();
      }
    }
  }

  private void refused(@Nullable Http2Exception cause, String text) {
    boolean isTooLong = cause instanceof Http2Exception.HeaderListSizeException;
    desk.count(
        isTooLong ? Refusal.HEADERS : Refusal.HTTP2, link.channelWire().remoteAddress(), text);
  }

  // For streams

  ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "not in a channel yet");
  }

  boolean isSecure() {
    return secure;
  }

  Http2ConnectionEncoder encoder() {
    return codec.encoder();
  }

  /** The peer may send {@code bytes} more on {@code stream}. */
  void open(Http2Stream stream, int bytes) {
    try {
      if (codec.connection().local().flowController().consumeBytes(stream, bytes)) {
        written();
      }
    } catch (Http2Exception e) {
      throw new IllegalStateException("more was taken than came", e);
    }
  }

  void reset(int stream, Http2Error error) {
    codec.resetStream(context(), stream, error.code(), context().newPromise());
    written();
  }

  /** Something is to be sent at the end of the round. */
  void written() {
    if (!flushing) {
      flushing = true;
      flusher.add(this);
    }
  }

  /** The peer must soon make room for what {@code stream} has written, if it has not. */
  void ending(ServerStream stream) {
    ending.add(stream);
    written();
  }

  @Override
  public void flush() {
    flushing = false;
    codec.flush(context());
    for (ServerStream stream : ending) {
      stream.expireAfter(desk.limits().idleTimeout());
    }
    ending.clear();
  }

  // What the codec reports, while the worker polls

  private void begin(Http2Stream of, Http2Headers headers, boolean isWhole) throws Http2Exception {
    var stream = new ServerStream(this, of, new Link(desk.core()));
    stream.request(headers, isWhole);
    of.setProperty(ours, stream);
    streams++;
    try {
      desk.runtime()
          .trySpawnLocal(Supervisor.stopping(), this::serveStream, stream.link(), OPTIONS);
    } catch (Exception e) {
      throw Http2Exception.streamError(of.id(), Http2Error.INTERNAL_ERROR, e, "no actor");
    }
  }

  private ActorBody<Object> serveStream(ActorRef<Object> self, Link stream) {
    return new ServerConnection(desk, stream, link.channelWire().remoteAddress(), true);
  }

  private @Nullable ServerStream stream(int id) {
    Http2Stream stream = codec.connection().stream(id);
    return stream == null ? null : stream.getProperty(ours);
  }

  private final class Ends extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream closed) {
      ServerStream stream = closed.removeProperty(ours);
      if (stream == null) {
        return; // it had no head that could be handled
      }
      stream.ended();
      streams--;
      if (streams == 0) {
        idleBy = link.in(desk.limits().idleTimeout());
        if (leaving) {
          link.stir();
        }
      }
    }
  }

  private final class Frames extends Http2FrameAdapter implements Http2Codec.Streams {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean isExclusive,
        int padding,
        boolean isLast)
        throws Http2Exception {
      onHeadersRead(ctx, id, headers, padding, isLast);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean isLast)
        throws Http2Exception {
      ServerStream stream = stream(id);
      if (stream == null) {
        begin(codec.connection().stream(id), headers, isLast);
      } else {
        stream.trailers(headers);
      }
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean isLast) {
      ServerStream stream = stream(id);
      return stream == null ? data.readableBytes() + padding : stream.data(data, padding, isLast);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long code) {
      ServerStream stream = stream(id);
      if (stream != null) {
        stream.link().broken(UnprocessedRequestException.ifReset(code));
      }
    }

    @Override
    public void broken(int id, StreamException cause) {
      ServerStream stream = stream(id);
      if (stream != null) {
        stream.link().fail(cause);
      }
    }
  }
}
