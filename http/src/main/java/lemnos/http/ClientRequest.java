package lemnos.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import lemnos.runtime.Context;

/**
 * A request to be sent. Each method changes it and returns it.
 *
 * <p>Redirects are followed, up to {@link ClientSetup#redirects}, unless they need a body again
 * that can be had only once: that of another message, of a stream, or one that was {@linkplain
 * #begin written}. Then the caller gets the response that redirects. On the same condition a
 * request is sent once more whose connection turns out to be closed, if it may be repeated, or that
 * the server says it has not looked at.
 */
public final class ClientRequest {
  /** RFC 9110 (8.6), as far as a long goes. */
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  private final HttpClient client;
  private final String method;
  private final URI uri;
  private final Headers headers = new Headers();
  private Upload.Source body = new Upload.Bytes();
  private Duration timeout;

  ClientRequest(HttpClient client, String method, URI uri) {
    this.client = client;
    this.method = method;
    this.uri = uri;
    this.timeout = client.settings().timeout();
  }

  public Headers headers() {
    return headers;
  }

  /** Sets a header. */
  public ClientRequest header(CharSequence name, CharSequence value) {
    headers.set(name, value);
    return this;
  }

  /** Says who asks: a name and its password, as RFC 7617 has it. For TLS alone. */
  public ClientRequest basicAuth(String name, String password) {
    return header(HttpHeaderNames.AUTHORIZATION, BasicAuth.credentials(name, password));
  }

  /** Sends {@code body}. */
  public ClientRequest body(byte[] body) {
    return body(new Upload.Bytes(body));
  }

  /** Sends {@code text} in UTF-8; its type is {@code text/plain} unless another is set. */
  public ClientRequest body(String text) {
    if (!headers.contains(HttpHeaderNames.CONTENT_TYPE)) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, ServerConnection.TEXT);
    }
    return body(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends {@code body} on, piece by piece as it comes: the body of another message. */
  public ClientRequest body(Body body) {
    return body(new Upload.Onward(body));
  }

  /** Sends a file, piece by piece. */
  public ClientRequest body(Path file) {
    return body(new Upload.File(file));
  }

  /**
   * Sends what {@code stream} gives, as it comes and in chunks; that is read beside the worker, as
   * it may block, and closed in the end. Only once.
   */
  public ClientRequest body(InputStream stream) {
    return body(new UploadStream(stream));
  }

  /** Sends a form; its type is {@code application/x-www-form-urlencoded}. */
  public ClientRequest body(Form form) {
    headers.set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED);
    return body(new Upload.Bytes(form.encoded().getBytes(StandardCharsets.US_ASCII)));
  }

  /** Sends a form with files; its type is {@code multipart/form-data}. */
  public ClientRequest body(MultipartBody form) {
    return body(form.upload());
  }

  private ClientRequest body(Upload.Source body) {
    this.body = body;
    return this;
  }

  /**
   * Has the server say first whether it wants the body, if there is one: {@code Expect:
   * 100-continue}. If it refuses, no body is sent. If it says nothing, the body is sent after
   * {@link ClientSetup#continueTimeout}; if it knows no expectations, the request is sent once more
   * without.
   */
  public ClientRequest expectContinue() {
    return header(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE);
  }

  /** Instead of the {@linkplain ClientSetup#timeout client's}. */
  public ClientRequest timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * Sends the request and waits for the head of the response. Whoever does not read the body to its
   * end closes the response.
   *
   * <p>A server may answer before it has the whole request. Then the rest of that is sent while the
   * body of the response is read, and no more of it when the response has ended or is closed.
   *
   * @throws UnprocessedRequestException if the server says that it has done nothing with it
   * @throws IOException if no response came
   */
  public ClientResponse send(Context<?> ctx) throws IOException {
    return exchange(ctx, body).send();
  }

  /**
   * Sends the head of the request, whose body the caller then writes; bodies that were set do not
   * count. With a header {@code Content-Length} the body must have so many bytes; without, it goes
   * in chunks.
   *
   * @throws IOException if there is no connection to be had
   * @throws IllegalArgumentException if {@code Content-Length} is no number of bytes
   */
  public RequestWriter begin(Context<?> ctx) throws IOException {
    var written = new Upload.Written(announcedLength());
    return new RequestWriter(exchange(ctx, written), written.length());
  }

  private long announcedLength() {
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    if (length == null) {
      return -1;
    }
    if (!LENGTH.matcher(length).matches()) {
      throw new IllegalArgumentException(
          "Content-Length is '%s'; it must be the number of bytes, or not be set"
              .formatted(length));
    }
    return Long.parseLong(length);
  }

  private Exchange exchange(Context<?> ctx, Upload body) {
    return new Exchange(client.pool(ctx.core()), method, uri, headers.fields(), body, timeout);
  }

  @Override
  public String toString() {
    return method + " " + uri;
  }
}
