import java.io.File;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.entity.mime.MultipartEntityBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.VersionInfo;

public class Apache5 {
  public static void main(String[] arguments) throws Exception {
    HttpPost request = new HttpPost(System.getenv("ENDPOINT"));
    request.setHeader("Authorization", "Bearer " + System.getenv("TOKEN"));
    request.setEntity(MultipartEntityBuilder.create()
        .addTextBody("operations", System.getenv("OPERATIONS"))
        .addTextBody("map", System.getenv("MAP"))
        .addBinaryBody("file", new File(System.getenv("FILE")))
        .build());
    HttpClients.createDefault().execute(request, response -> {
      System.out.println(VersionInfo.loadVersionInfo("org.apache.hc.client5", null).getRelease());
      System.out.println(response.getCode());
      System.out.println(EntityUtils.toString(response.getEntity()));
      return null;
    });
  }
}
