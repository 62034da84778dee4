package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import java.util.List;

/**
 * Looks at the first bytes of a connection, and at what TLS has agreed on, to tell HTTP/2 from
 * HTTP/1; puts the codecs in its own place. Without TLS a client of HTTP/2 must know beforehand.
 */
final class ProtocolChoice extends ByteToMessageDecoder {
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  private final Desk desk;
  private final Link link;

  ProtocolChoice(Desk desk, Link link) {
    this.desk = desk;
    this.link = link;
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
      new Http2Connection(desk, link).install(ctx);
    } else {
      var decoder = new RequestDecoder(desk.limits());
      pipeline.addAfter(ctx.name(), null, new ResponseEncoder());
      pipeline.addAfter(ctx.name(), null, decoder);
      link.partial(decoder::hasPart);
    }
    pipeline.remove(this);
  }

  private boolean allowsHttp2(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    return desk.setup().isHttp2()
        && (tls == null || ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol()));
  }
}
