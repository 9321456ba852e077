package main

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
)

func main() {
	file, err := os.Open(os.Getenv("FILE"))
	check(err)
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	go func() {
		form.WriteField("operations", os.Getenv("OPERATIONS"))
		form.WriteField("map", os.Getenv("MAP"))
		part, _ := form.CreateFormFile("file", filepath.Base(file.Name()))
		io.Copy(part, file)
		form.Close()
		writer.Close()
	}()
	request, err := http.NewRequest("POST", os.Getenv("ENDPOINT"), reader)
	check(err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
	response, err := http.DefaultClient.Do(request)
	check(err)
	body, err := io.ReadAll(response.Body)
	check(err)
	fmt.Printf("%s\n%d\n%s", runtime.Version()[2:], response.StatusCode, body)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
