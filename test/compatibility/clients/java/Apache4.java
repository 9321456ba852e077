import java.io.File;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.mime.MultipartEntityBuilder;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;
import org.apache.http.util.VersionInfo;

public class Apache4 {
  public static void main(String[] arguments) throws Exception {
    HttpPost request = new HttpPost(System.getenv("ENDPOINT"));
    request.setHeader("Authorization", "Bearer " + System.getenv("TOKEN"));
    request.setEntity(MultipartEntityBuilder.create()
        .addTextBody("operations", System.getenv("OPERATIONS"))
        .addTextBody("map", System.getenv("MAP"))
        .addBinaryBody("file", new File(System.getenv("FILE")))
        .build());
    var response = HttpClients.createDefault().execute(request);
    System.out.println(VersionInfo.loadVersionInfo("org.apache.http.client", null).getRelease());
    System.out.println(response.getStatusLine().getStatusCode());
    System.out.println(EntityUtils.toString(response.getEntity()));
  }
}
