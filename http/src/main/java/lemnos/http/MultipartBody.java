package lemnos.http;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A form with files, as a browser sends it ({@code multipart/form-data}, RFC 7578): for {@link
 * ClientRequest#body(MultipartBody)}. What a server reads it with is {@link Multipart}.
 *
 * {@snippet :
 * client
 *     .post("https://example.org/albums/7")
 *     .body(new MultipartBody().field("title", "Sunset").file("photo", Path.of("sunset.jpg")))
 *     .send(ctx);
 * }
 *
 * <p>Files are read while they are sent. Each method changes this body and returns it.
 */
public final class MultipartBody {
  private final List<Part> parts = new ArrayList<>();

  /** One without parts. */
  public MultipartBody() {}

  /**
   * A part.
   *
   * @param head its header lines
   */
  record Part(String head, Upload.Source content) {}

  /** Adds a field with text. */
  public MultipartBody field(String name, String value) {
    return add(name, "", new Upload.Bytes(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Adds a file under its own name, of no particular type. */
  public MultipartBody file(String name, Path file) {
    return file(name, String.valueOf(file.getFileName()), "application/octet-stream", file);
  }

  /** Adds a file under another name. */
  public MultipartBody file(String name, String fileName, String type, Path file) {
    return add(name, described(fileName, type), new Upload.File(file));
  }

  /** Adds bytes as if they were a file. */
  public MultipartBody file(String name, String fileName, String type, byte[] content) {
    return add(name, described(fileName, type), new Upload.Bytes(content));
  }

  /** Header lines may come behind a name, but not from within. */
  private static String described(String fileName, String type) {
    if (type.chars().anyMatch(c -> c < ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "type is '" + type + "'; it must be a media type, such as image/jpeg");
    }
    return "; filename=" + quoted(fileName) + "\r\nContent-Type: " + type;
  }

  private MultipartBody add(String name, String rest, Upload.Source content) {
    String head = "Content-Disposition: form-data; name=" + quoted(name) + rest + "\r\n";
    parts.add(new Part(head, content));
    return this;
  }

  /** As browsers do it: the standard of HTML, "multipart/form-data encoding algorithm". */
  private static String quoted(String name) {
    String safe = name.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
    return '"' + safe + '"';
  }

  UploadParts upload() {
    return new UploadParts(parts);
  }
}
