package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A body of {@code multipart/form-data}, as browsers send files, part by part as it comes: nothing
 * is kept in memory or on disk but the piece at hand. Whatever is wrong with it is an {@link
 * HttpException} 400. Source of the form: RFC 7578 and RFC 2046.
 */
public final class Multipart {
  /** The most parts. */
  public static final int MAX_PARTS = 1000;

  /** The most bytes of the headers of a part. */
  public static final int MAX_HEADER_BYTES = 8 * 1024;

  private static final int MAX_BOUNDARY = 70;

  /** How far we are. */
  private enum State {
    /** Within a part, or before the first. */
    DATA,
    /** Behind a delimiter. */
    DELIMITED,
    /** Behind the last delimiter. */
    ENDED
  }

  private final Body body;
  private final ByteBuf delimiter;

  /** What has been read from the body and is not used; on the heap, so nobody need release it. */
  private final ByteBuf buffer = Unpooled.buffer();

  private State state = State.DATA;
  private @Nullable Part part;
  private int parts;

  Multipart(Body body, String boundary) {
    this.body = body;
    this.delimiter =
        Unpooled.copiedBuffer("\r\n--" + boundary, StandardCharsets.ISO_8859_1).asReadOnly();
    buffer.writeByte('\r').writeByte('\n'); // the first delimiter may be what the body begins with
  }

  static Multipart of(Request request) {
    String type = request.header("content-type");
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw new HttpException(415, "expected a body of multipart/form-data\n");
    }
    String boundary = parameter(type, "boundary");
    if (boundary == null || boundary.isEmpty() || boundary.length() > MAX_BOUNDARY) {
      throw malformed("no boundary");
    }
    return new Multipart(request.body(), boundary);
  }

  private static HttpException malformed(String what) {
    return new HttpException(400, "malformed multipart body: " + what + "\n");
  }

  /** The value of {@code name=} in a header such as {@code form-data; name="file"}. */
  static @Nullable String parameter(String header, String name) {
    int at = header.indexOf(';');
    while (at >= 0 && at < header.length()) {
      int begin = at + 1;
      int equals = header.indexOf('=', begin);
      if (equals < 0) {
        return null;
      }
      String key = header.substring(begin, equals).strip();
      var value = new StringBuilder();
      at = parameterValue(header, equals + 1, value);
      if (key.equalsIgnoreCase(name)) {
        return value.toString();
      }
    }
    return null;
  }

  /** Appends the value that begins at {@code from}; returns where the next semicolon is, or -1. */
  private static int parameterValue(String header, int from, StringBuilder value) {
    if (from >= header.length() || header.charAt(from) != '"') {
      int end = header.indexOf(';', from);
      value.append(header.substring(from, end < 0 ? header.length() : end).strip());
      return end;
    }
    int i = from + 1;
    while (i < header.length() && header.charAt(i) != '"') {
      if (header.charAt(i) == '\\' && i + 1 < header.length()) {
        i++;
      }
      value.append(header.charAt(i++));
    }
    return header.indexOf(';', i);
  }

  /** The next part, or null after the last. What was not read of the one before is skipped. */
  public @Nullable Part next() throws IOException {
    while (state == State.DATA) {
      ByteBuf rest = readData();
      if (rest != null) {
        rest.release();
      }
    }
    part = null;
    if (state == State.ENDED) {
      return null;
    }
    require(2);
    if (buffer.getByte(buffer.readerIndex()) == '-'
        && buffer.getByte(buffer.readerIndex() + 1) == '-') {
      state = State.ENDED;
      return null;
    }
    if (!line().isBlank()) {
      throw malformed("text behind a delimiter");
    }
    if (++parts > MAX_PARTS) {
      throw malformed("more than " + MAX_PARTS + " parts");
    }
    Headers headers = headers();
    state = State.DATA;
    var next = new Part(headers);
    part = next;
    return next;
  }

  private Headers headers() throws IOException {
    var headers = new Headers();
    int bytes = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      bytes += line.length();
      int colon = line.indexOf(':');
      if (colon <= 0 || bytes > MAX_HEADER_BYTES) {
        throw malformed("headers of a part");
      }
      try {
        headers.add(line.substring(0, colon), line.substring(colon + 1).strip());
      } catch (IllegalArgumentException e) {
        throw malformed("headers of a part");
      }
    }
    return headers;
  }

  private String line() throws IOException {
    while (true) {
      int end = ByteBufUtil.indexOf(Unpooled.wrappedBuffer(CRLF), buffer);
      if (end >= 0) {
        String line =
            buffer.toString(
                buffer.readerIndex(), end - buffer.readerIndex(), StandardCharsets.UTF_8);
        buffer.readerIndex(end + 2);
        return line;
      }
      if (buffer.readableBytes() > MAX_HEADER_BYTES) {
        throw malformed("headers of a part");
      }
      fill();
    }
  }

  private static final byte[] CRLF = {'\r', '\n'};

  private void require(int bytes) throws IOException {
    while (buffer.readableBytes() < bytes) {
      fill();
    }
  }

  private void fill() throws IOException {
    ByteBuf piece = body.read();
    if (piece == null) {
      throw malformed("it ends in the middle");
    }
    buffer.discardReadBytes().writeBytes(piece);
    piece.release();
  }

  /** The next piece of the current part; null if its delimiter has been passed. */
  private @Nullable ByteBuf readData() throws IOException {
    while (state == State.DATA) {
      int begin = buffer.readerIndex();
      int end = ByteBufUtil.indexOf(delimiter, buffer);
      int data = end >= 0 ? end - begin : buffer.readableBytes() - delimiter.readableBytes() + 1;
      ByteBuf piece = data > 0 ? buffer.copy(begin, data) : null;
      if (end >= 0) {
        buffer.readerIndex(end + delimiter.readableBytes());
        state = State.DELIMITED;
        return piece;
      }
      if (piece != null) {
        buffer.readerIndex(begin + data);
        return piece;
      }
      fill();
    }
    return null;
  }

  /** A part: a field of the form, or a file. To be read before the next. */
  public final class Part {
    private final Headers headers;

    private Part(Headers headers) {
      this.headers = headers;
    }

    public Headers headers() {
      return headers;
    }

    /** The name of the field; empty if it has none. */
    public String name() {
      String name = disposition("name");
      return name == null ? "" : name;
    }

    /** The name that the file has at the client, without folders; null if it is no file. */
    public @Nullable String fileName() {
      String name = disposition("filename");
      return name == null ? null : name.substring(lastSlash(name) + 1);
    }

    private static int lastSlash(String name) {
      return Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
    }

    private @Nullable String disposition(String name) {
      String disposition = headers.get("content-disposition");
      return disposition == null ? null : parameter(disposition, name);
    }

    /** The next piece of it, which the caller releases; null at its end. */
    public @Nullable ByteBuf read() throws IOException {
      if (part != this) {
        throw new IllegalStateException("a part is to be read before the next");
      }
      return readData();
    }

    /** All of it as text in UTF-8. */
    public String text() throws IOException {
      ByteBuf all = Unpooled.buffer();
      for (ByteBuf piece = read(); piece != null; piece = read()) {
        all.writeBytes(piece);
        piece.release();
      }
      return all.toString(StandardCharsets.UTF_8);
    }
  }
}
