package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import lemnos.core.Core;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/** The parts of a {@link MultipartBody}, one after the other, between its delimiters. */
final class UploadParts implements Upload.Source {
  /** So long that nobody can guess it, nor any content have it in it: RFC 2046 (5.1.1). */
  private static final int BOUNDARY_BYTES = 16;

  private final List<MultipartBody.Part> parts;
  private final List<Upload.Source> sources = new ArrayList<>();
  private int current;
  private String boundary = "";

  UploadParts(List<MultipartBody.Part> parts) {
    this.parts = List.copyOf(parts);
  }

  @Override
  public boolean isAtHand() {
    return true;
  }

  @Override
  public void begin(Core core) throws IOException {
    end();
    if (boundary.isEmpty()) {
      byte[] random = new byte[BOUNDARY_BYTES];
      core.world().random(random);
      boundary = ByteBufUtil.hexDump(random);
    }
    for (MultipartBody.Part part : parts) {
      sources.add(text("--" + boundary + "\r\n" + part.head() + "\r\n"));
      sources.add(part.content());
      sources.add(text("\r\n"));
    }
    sources.add(text("--" + boundary + "--\r\n"));
    for (Upload.Source source : sources) {
      source.begin(core);
    }
  }

  private static Upload.Source text(String text) {
    return new Upload.Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String type() {
    return HttpHeaderValues.MULTIPART_FORM_DATA + "; boundary=" + boundary;
  }

  @Override
  public long length() {
    return sources.stream().mapToLong(Upload.Source::length).sum();
  }

  @Override
  public boolean await(Awaitable also) throws IOException {
    return current == sources.size() || sources.get(current).await(also);
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    while (current < sources.size()) {
      ByteBuf piece = sources.get(current).next();
      if (piece != null) {
        return piece;
      }
      sources.get(current++).end();
    }
    return null;
  }

  @Override
  public void end() {
    sources.forEach(Upload.Source::end);
    sources.clear();
    current = 0;
  }
}
