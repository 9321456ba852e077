import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** java.net.http has no forms, so the example writes the body. */
public class HttpClientJdk {
  static final String BOUNDARY = "portrait-boundary";

  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(System.getenv("FILE"));
    String head = field("operations", System.getenv("OPERATIONS")) + field("map", System.getenv("MAP"))
        + "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + file.getFileName() + "\"\r\n\r\n";
    InputStream body = new SequenceInputStream(Collections.enumeration(
        List.of(text(head), Files.newInputStream(file), text("\r\n--" + BOUNDARY + "--\r\n"))));
    HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("ENDPOINT")))
        .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
        .header("Authorization", "Bearer " + System.getenv("TOKEN"))
        .POST(HttpRequest.BodyPublishers.ofInputStream(() -> body))
        .build();
    var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    System.out.println(Runtime.version().toString().replaceAll("[^0-9.].*", ""));
    System.out.println(response.statusCode());
    System.out.println(response.body());
  }

  static String field(String name, String value) {
    return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }

  static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes());
  }
}
