package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-resty/resty"
)

func main() {
	file, err := os.Open(os.Getenv("FILE"))
	check(err)
	// SetFormData takes a Go map, which has no order. SetFile would send the file first.
	response, err := resty.New().R().
		SetAuthToken(os.Getenv("TOKEN")).
		SetMultipartFields(
			&resty.MultipartField{Param: "operations", Reader: strings.NewReader(os.Getenv("OPERATIONS"))},
			&resty.MultipartField{Param: "map", Reader: strings.NewReader(os.Getenv("MAP"))},
			&resty.MultipartField{Param: "file", FileName: filepath.Base(file.Name()), Reader: file},
		).
		Post(os.Getenv("ENDPOINT"))
	check(err)
	fmt.Printf("%s\n%d\n%s", resty.Version, response.StatusCode(), response.Body())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
