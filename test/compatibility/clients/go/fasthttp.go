package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/valyala/fasthttp"
)

func main() {
	file, err := os.Open(os.Getenv("FILE"))
	check(err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("operations", os.Getenv("OPERATIONS"))
	form.WriteField("map", os.Getenv("MAP"))
	part, err := form.CreateFormFile("file", filepath.Base(file.Name()))
	check(err)
	io.Copy(part, file)
	form.Close()
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	request.Header.SetMethod("POST")
	request.SetRequestURI(os.Getenv("ENDPOINT"))
	request.Header.SetContentType(form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
	request.SetBody(body.Bytes())
	check(fasthttp.Do(request, response))
	version, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", "golang-github-valyala-fasthttp-dev").Output()
	check(err)
	upstream := strings.Split(strings.TrimPrefix(string(version), "1:"), "-")[0]
	fmt.Printf("%s\n%d\n%s", upstream, response.StatusCode(), response.Body())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
