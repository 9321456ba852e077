import com.mashape.unirest.http.Unirest;
import java.io.File;

public class UnirestJava {
  public static void main(String[] arguments) throws Exception {
    var response = Unirest.post(System.getenv("ENDPOINT"))
        .header("Authorization", "Bearer " + System.getenv("TOKEN"))
        .field("operations", System.getenv("OPERATIONS"))
        .field("map", System.getenv("MAP"))
        .field("file", new File(System.getenv("FILE")))
        .asString();
    var list = new ProcessBuilder("dpkg-query", "-W", "-f", "${Version}", "libunirest-java-java").start();
    System.out.println(new String(list.getInputStream().readAllBytes()).replaceAll("-.*", ""));
    System.out.println(response.getStatus());
    System.out.println(response.getBody());
    System.exit(0);
  }
}
