package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.function.Consumer;

/**
 * Looks at the first bytes of a connection, and at what TLS has agreed on, to tell HTTP/2 from
 * HTTP/1; puts the codecs in its own place. Without TLS a client of HTTP/2 must know beforehand.
 */
final class ProtocolChoice extends ByteToMessageDecoder {
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  private final boolean mayBeHttp2;
  private final Limits limits;
  private final Link link;
  private final Consumer<ChannelHandlerContext> http2;

  /**
   * @param mayBeHttp2 whether HTTP/2 is spoken at all
   * @param link told when part of a head has come, in HTTP/1
   * @param http2 puts what HTTP/2 needs behind the given place
   */
  ProtocolChoice(
      boolean mayBeHttp2, Limits limits, Link link, Consumer<ChannelHandlerContext> http2) {
    this.mayBeHttp2 = mayBeHttp2;
    this.limits = limits;
    this.link = link;
    this.http2 = http2;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int bytes = Math.min(in.readableBytes(), PREFACE.readableBytes());
    boolean isHttp2 = allowsHttp2(ctx);
    for (int i = 0; i < bytes && isHttp2; i++) {
      isHttp2 = in.getByte(in.readerIndex() + i) == PREFACE.getByte(i);
    }
    if (isHttp2 && bytes < PREFACE.readableBytes()) {
      return;
    }
    ChannelPipeline pipeline = ctx.pipeline();
    if (isHttp2) {
      http2.accept(ctx);
    } else {
      var decoder = new RequestDecoder(limits);
      pipeline.addAfter(ctx.name(), null, new ResponseEncoder());
      pipeline.addAfter(ctx.name(), null, decoder);
      link.partial(decoder::hasPart);
    }
    pipeline.remove(this);
  }

  private boolean allowsHttp2(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    return mayBeHttp2
        && (tls == null || ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol()));
  }
}
