package lemnos.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a server answered. For the actor that asked, which reads the body or closes the response:
 * until then the connection is its own.
 */
public final class ClientResponse implements AutoCloseable {
  /** How much of a body that nobody wanted is read to keep the connection. */
  private static final int MAX_DISCARD_BYTES = 64 * 1024;

  /** And how long that may take: hardly longer than a new connection. */
  private static final Duration DISCARD_PATIENCE = Duration.ofMillis(100);

  private final ClientConnection connection;
  private final HttpResponse head;
  private final Headers headers;
  private final Body body;
  private final boolean decompress;
  private boolean closed;

  /** What the body is read by, if it is read as a stream. */
  private @Nullable InputStream stream;

  ClientResponse(ClientConnection connection, HttpResponse head, Body body, boolean decompress) {
    this.connection = connection;
    this.head = head;
    this.headers = new Headers(head.headers());
    this.body = body;
    this.decompress = decompress;
  }

  public int status() {
    return head.status().code();
  }

  /** The version of HTTP: 1.0, 1.1 or 2. */
  public String version() {
    return connection.isStream() ? "HTTP/2" : head.protocolVersion().text();
  }

  public Headers headers() {
    return headers;
  }

  /** The first value of a header; null if there is none. */
  public @Nullable String header(CharSequence name) {
    return headers.get(name);
  }

  /** The body as it came, compressed perhaps: to be sent on. */
  public Body body() {
    return body;
  }

  /** The body, decompressed; always the same stream, which is closed with the response. */
  public InputStream inputStream() throws IOException {
    InputStream s = stream;
    if (s == null) {
      String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
      InputStream raw = body.inputStream();
      s = decompress && "gzip".equalsIgnoreCase(coding) ? new GZIPInputStream(raw) : raw;
      stream = s;
    }
    return s;
  }

  /** All of the body, decompressed; closes the response. */
  public byte[] bytes() throws IOException {
    try (this) {
      long most = connection.bodyBytes();
      byte[] all = inputStream().readNBytes((int) Math.min(Integer.MAX_VALUE - 8, most + 1));
      if (all.length > most) {
        throw new IOException("the body of the response has more than " + most + " bytes");
      }
      return all;
    }
  }

  /** All of the body as text in UTF-8, decompressed; closes the response. */
  public String text() throws IOException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /**
   * Gives the connection back; if much of the body is still to come, or does not come soon, ends
   * it.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (stream != null) {
        stream.close(); // it has memory outside the heap, and maybe a piece of the body
      }
      if (!connection.isUploading()) {
        connection.hurry(DISCARD_PATIENCE);
        body.discard(MAX_DISCARD_BYTES);
      }
    } catch (IOException e) {
      connection.end(); // broken: it is not used again
    } finally {
      connection.finish();
    }
  }
}
