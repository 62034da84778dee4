package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Compresses responses with gzip for clients that accept it, if they are text and not short.
 *
 * <p>Beware of responses that hold both a secret and what an attacker may choose: the length of
 * what is compressed tells of the secret (the attack BREACH). Leave those out.
 */
public final class Compression implements Middleware {
  /** Shorter bodies are left as they are. */
  public static final int MIN_BYTES = 1024;

  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/javascript",
          "application/xml",
          "application/wasm",
          "image/svg+xml");

  private final Supplier<Deflater> deflaters;

  /** With the usual compromise between speed and size. */
  public Compression() {
    this(() -> new Deflater(Deflater.DEFAULT_COMPRESSION, true));
  }

  /** With deflaters that put no header before what they make. */
  Compression(Supplier<Deflater> deflaters) {
    this.deflaters = deflaters;
  }

  @Override
  public void handle(Request request, Response response, Handler next) throws Exception {
    response.encode(new Gzip(deflaters));
    next.handle(request, response);
  }

  private static boolean isCompressible(Response response) {
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE);
    if (type == null || response.headers().contains(HttpHeaderNames.CONTENT_ENCODING)) {
      return false;
    }
    String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return plain.startsWith("text/") || plain.endsWith("+json") || TYPES.contains(plain);
  }

  /** Whether an {@code Accept-Encoding} allows gzip: by name, or else by {@code *}. */
  static boolean acceptsGzip(List<String> headers) {
    boolean any = false;
    for (String header : headers) {
      for (String element : header.toLowerCase(Locale.ROOT).split(",", -1)) {
        String[] parts = element.split(";", 2);
        boolean isWanted = parts.length < 2 || !parts[1].strip().matches("q\\s*=\\s*0(\\.0*)?");
        String coding = parts[0].strip();
        if (coding.equals("gzip")) {
          return isWanted;
        }
        any |= coding.equals("*") && isWanted;
      }
    }
    return any;
  }

  /** The format of RFC 1952 around the JDK's deflater. */
  private static final class Gzip implements Encoder {
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int OUT_BYTES = 4096;

    private final Supplier<Deflater> deflaters;
    private final CRC32 crc = new CRC32();

    /** A quarter of a megabyte outside the heap: not made before there is something to deflate. */
    private @Nullable Deflater deflater;

    Gzip(Supplier<Deflater> deflaters) {
      this.deflaters = deflaters;
    }

    @Override
    public boolean begin(Request request, Response response, long length) {
      int status = response.status();
      if (!isCompressible(response)
          || status == 204
          || status == 206
          || status == 304
          || (length >= 0 && length < MIN_BYTES)) {
        return false;
      }
      Headers headers = response.headers();
      headers.add(HttpHeaderNames.VARY, "accept-encoding");
      if (!acceptsGzip(request.headers().all(HttpHeaderNames.ACCEPT_ENCODING))) {
        return false;
      }
      headers.set(HttpHeaderNames.CONTENT_ENCODING, "gzip").remove(HttpHeaderNames.CONTENT_LENGTH);
      String tag = headers.get(HttpHeaderNames.ETAG);
      if (tag != null && !tag.startsWith("W/")) {
        headers.set(HttpHeaderNames.ETAG, "W/" + tag); // not the same bytes any more
      }
      return true;
    }

    @Override
    public ByteBuf encode(ByteBuf piece) {
      ByteBuf out = Unpooled.buffer();
      Deflater d = begun(out);
      for (ByteBuffer bytes : piece.nioBuffers()) {
        crc.update(bytes.duplicate());
        d.setInput(bytes);
        drain(d, out, Deflater.NO_FLUSH);
      }
      piece.release();
      return out;
    }

    private Deflater begun(ByteBuf out) {
      Deflater d = deflater;
      if (d == null) {
        out.writeBytes(HEADER);
        d = deflaters.get();
        deflater = d;
      }
      return d;
    }

    private static void drain(Deflater deflater, ByteBuf out, int flush) {
      int bytes;
      do {
        out.ensureWritable(OUT_BYTES);
        bytes =
            deflater.deflate(
                out.array(), out.arrayOffset() + out.writerIndex(), out.writableBytes(), flush);
        out.writerIndex(out.writerIndex() + bytes);
      } while (bytes > 0);
    }

    @Override
    public ByteBuf flush() {
      ByteBuf out = Unpooled.buffer();
      drain(begun(out), out, Deflater.SYNC_FLUSH);
      return out;
    }

    @Override
    public ByteBuf finish() {
      ByteBuf out = Unpooled.buffer();
      Deflater d = begun(out);
      d.finish();
      drain(d, out, Deflater.NO_FLUSH);
      return out.writeIntLE((int) crc.getValue()).writeIntLE((int) d.getBytesRead());
    }

    @Override
    public void close() {
      if (deflater != null) {
        deflater.end();
      }
    }
  }
}
