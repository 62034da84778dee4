package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import lemnos.core.Loop;
import org.junit.jupiter.api.Test;

/** When what links have written is sent. Each flush is a call of the system. */
final class FlusherTest {
  private static final int STREAMS = 10;

  private final Loop loop = new Loop(0);
  private int flushes;

  private final class Flushes extends ChannelOutboundHandlerAdapter {
    @Override
    public void flush(ChannelHandlerContext ctx) {
      flushes++;
      ctx.flush();
    }
  }

  private static void writeTwice(Link link) throws IOException {
    link.write(Unpooled.copiedBuffer("one ", ISO_8859_1));
    link.write(Unpooled.copiedBuffer("two", ISO_8859_1));
  }

  @Test
  void whatALinkWritesInATurnIsSentAfterIt() throws IOException {
    var link = new Link(loop);
    var channel = new EmbeddedChannel(new Flushes(), new ChannelWire(link));
    for (int turn = 1; turn <= 2; turn++) {
      writeTwice(link);
      assertEquals(turn - 1, flushes);
      loop.run(turn, false);
      assertEquals(turn, flushes);
      assertEquals("one ", text(channel));
      assertEquals("two", text(channel));
    }
    assertNull(channel.readOutbound());
  }

  private static String text(EmbeddedChannel channel) {
    ByteBuf sent = channel.readOutbound();
    assertNotNull(sent);
    String text = sent.toString(ISO_8859_1);
    sent.release();
    return text;
  }

  @Test
  void whatTheStreamsOfAConnectionWriteInATurnIsSentTogether() throws IOException {
    List<Link> streams = new ArrayList<>();
    EmbeddedChannel connection = connection(streams);
    for (int round = 0; round < 2; round++) {
      connection.writeInbound(Unpooled.wrappedBuffer(requests(3 + 2 * STREAMS * round)));
      connection.releaseOutbound();
      flushes = 0;
      for (Link stream : streams) {
        stream.write(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
      }
      assertEquals(STREAMS, streams.size());
      streams.clear();
      assertEquals(0, flushes);
      loop.run(round + 1, false);
      assertThat(flushes).isBetween(1, 2); // what closes the streams may flush, too, but nothing
      for (int i = 0; i < STREAMS; i++) {
        assertNotNull(connection.readOutbound(), "the response to " + i);
      }
    }
  }

  /** An HTTP/2 connection that has begun, whose streams' links are added to {@code streams}. */
  private EmbeddedChannel connection(List<Link> streams) {
    var initializer =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            var link = new Link(loop);
            channel
                .pipeline()
                .addLast(new Http2StreamFrameToHttpObjectCodec(true), new ChannelWire(link));
            streams.add(link);
          }
        };
    var channel =
        new EmbeddedChannel(
            new Flushes(),
            Http2FrameCodecBuilder.forServer().build(),
            new Http2MultiplexHandler(initializer));
    byte[] begin = (Http2Peer.PREFACE + "\0\0\0\4\0\0\0\0\0").getBytes(ISO_8859_1);
    channel.writeInbound(Unpooled.wrappedBuffer(begin));
    channel.releaseOutbound();
    return channel;
  }

  private static byte[] requests(int firstStream) {
    Http2Peer.Frame[] requests = new Http2Peer.Frame[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
      int flags = Http2Peer.END_STREAM | Http2Peer.END_HEADERS;
      requests[i] =
          new Http2Peer.Frame(Http2Peer.HEADERS, flags, firstStream + 2 * i, Http2Peer.GET);
    }
    return Http2Peer.bytes(requests);
  }
}
