import java.io.File;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.internal.Version;

public class OkHttp {
  public static void main(String[] arguments) throws Exception {
    File file = new File(System.getenv("FILE"));
    RequestBody form = new MultipartBody.Builder()
        .setType(MultipartBody.FORM)
        .addFormDataPart("operations", System.getenv("OPERATIONS"))
        .addFormDataPart("map", System.getenv("MAP"))
        .addFormDataPart("file", file.getName(), RequestBody.create(null, file))
        .build();
    Request request = new Request.Builder()
        .url(System.getenv("ENDPOINT"))
        .header("Authorization", "Bearer " + System.getenv("TOKEN"))
        .post(form)
        .build();
    var response = new OkHttpClient().newCall(request).execute();
    System.out.println(Version.userAgent().replace("okhttp/", ""));
    System.out.println(response.code());
    System.out.println(response.body().string());
    System.exit(0);
  }
}
