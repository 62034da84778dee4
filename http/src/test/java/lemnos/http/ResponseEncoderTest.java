package lemnos.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Responses that share a buffer are the same bytes that Netty's encoder makes of them. */
final class ResponseEncoderTest {
  private static final HttpResponseStatus[] STATUSES = {
    HttpResponseStatus.OK,
    HttpResponseStatus.NOT_FOUND,
    HttpResponseStatus.NO_CONTENT,
    HttpResponseStatus.NOT_MODIFIED,
    HttpResponseStatus.CONTINUE
  };

  private static void write(Channel channel, Object message) {
    channel.write(message, channel.voidPromise());
  }

  private static void writeWhole(Channel channel, HttpResponseStatus status, int bytes) {
    boolean bodiless = status.code() < 200 || status.code() == 204 || status.code() == 304;
    ByteBuf body = Unpooled.copiedBuffer("x".repeat(bodiless ? 0 : bytes), StandardCharsets.UTF_8);
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    if (!bodiless) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    }
    write(channel, response);
  }

  private static void writePieces(Channel channel, int pieces) {
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    write(channel, head);
    for (int i = 0; i < pieces; i++) {
      write(
          channel, new DefaultHttpContent(Unpooled.copiedBuffer("piece", StandardCharsets.UTF_8)));
    }
    write(channel, LastHttpContent.EMPTY_LAST_CONTENT);
  }

  /** The same random responses, whatever the encoder; some more than a buffer holds. */
  private static String written(EmbeddedChannel channel, long seed) {
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 60; i++) {
      switch (random.nextInt(8)) {
        case 0 -> writePieces(channel, random.nextInt(3));
        case 1 -> writeWhole(channel, STATUSES[random.nextInt(STATUSES.length)], 3);
        case 2 -> writeWhole(channel, HttpResponseStatus.OK, random.nextInt(20_000));
        case 3 -> channel.flush();
        default -> writeWhole(channel, HttpResponseStatus.OK, random.nextInt(1100));
      }
    }
    channel.flush();
    return allWritten(channel);
  }

  private static String allWritten(EmbeddedChannel channel) {
    var all = new StringBuilder();
    for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
      all.append(piece.toString(StandardCharsets.UTF_8));
      piece.release();
    }
    channel.finish();
    return all.toString();
  }

  @Test
  void makesTheSameBytesAsNetty() {
    for (long seed = 0; seed < 300; seed++) {
      assertEquals(
          written(new EmbeddedChannel(new HttpResponseEncoder()), seed),
          written(new EmbeddedChannel(new ResponseEncoder()), seed),
          "seed " + seed);
    }
  }

  private static String encoded(ResponseEncoder encoder, FullHttpResponse response) {
    var channel = new EmbeddedChannel(encoder);
    write(channel, response);
    channel.flush();
    return allWritten(channel);
  }

  /** Whatever its length; also one that must have no body, of which the length is 0. */
  @Test
  void dateAndLengthAreTheSameLinesWhoeverWritesThem() {
    HttpDate date = HttpDate.of(Instant.parse("2026-11-02T03:04:05Z"));
    for (HttpResponseStatus status :
        List.of(HttpResponseStatus.OK, HttpResponseStatus.RESET_CONTENT)) {
      for (int bytes = 0; bytes < 1200; bytes++) {
        HttpHeaders fields = new DefaultHttpHeaders().set("x", "y");
        byte[] content = "b".repeat(bytes).getBytes(StandardCharsets.UTF_8);
        ByteBuf body = Unpooled.copiedBuffer(content);
        var spelled =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, body, fields.copy(), EmptyHttpHeaders.INSTANCE);
        spelled
            .headers()
            .set(HttpHeaderNames.CONTENT_LENGTH, bytes)
            .set(HttpHeaderNames.DATE, "Mon, 02 Nov 2026 03:04:05 GMT");
        assertEquals(
            encoded(new ResponseEncoder(), spelled),
            encoded(
                new ResponseEncoder(),
                new WholeResponse(status, Unpooled.copiedBuffer(content), fields, date)));
      }
    }
  }

  @Test
  void smallResponsesOfOneFlushAreOnePiece() {
    var channel = new EmbeddedChannel(new ResponseEncoder());
    for (int i = 0; i < 16; i++) {
      writeWhole(channel, HttpResponseStatus.OK, 13);
    }
    assertNull(channel.readOutbound(), "before the flush");
    channel.flush();
    ByteBuf piece = channel.readOutbound();
    assertEquals(17, piece.toString(StandardCharsets.UTF_8).split("HTTP/1.1 200", -1).length);
    assertNull(channel.readOutbound());
    piece.release();
    channel.finish();
  }

  @Test
  void manyResponsesDoNotWaitForTheFlush() {
    var channel = new EmbeddedChannel(new ResponseEncoder());
    for (int i = 0; i < 100; i++) {
      writeWhole(channel, HttpResponseStatus.OK, 1000);
    }
    long unsent = channel.unsafe().outboundBuffer().totalPendingWriteBytes();
    assertTrue(unsent >= 6 * 16 * 1024, () -> unsent + " bytes count as unsent");
    channel.flush();
    channel.finishAndReleaseAll();
  }

  @Test
  void whatWasWrittenGoesOutBeforeAnotherProtocolTakesOver() {
    var channel = new EmbeddedChannel(new ResponseEncoder());
    writeWhole(channel, HttpResponseStatus.OK, 13);
    channel.pipeline().remove(ResponseEncoder.class);
    channel.flush();
    ByteBuf piece = channel.readOutbound();
    assertEquals("x".repeat(13), piece.toString(StandardCharsets.UTF_8).split("\r\n\r\n")[1]);
    piece.release();
    channel.finish();
  }

  @Test
  void nothingIsKeptWhenTheConnectionCloses() {
    var channel = new EmbeddedChannel(new ResponseEncoder());
    ByteBuf body = Unpooled.copiedBuffer("x", StandardCharsets.UTF_8);
    write(channel, new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body));
    channel.close();
    assertEquals(0, body.refCnt());
    channel.finishAndReleaseAll();
  }
}
