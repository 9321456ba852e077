(require :asdf)
(let ((*standard-output* (make-broadcast-stream)))
  (asdf:load-system :drakma))

(multiple-value-bind (body status)
    (uiop:symbol-call :drakma :http-request (uiop:getenv "ENDPOINT")
                         :method :post
                         :additional-headers `(("Authorization" . ,(format nil "Bearer ~a" (uiop:getenv "TOKEN"))))
                         :form-data t
                         :external-format-out :utf-8
                         :parameters `(("operations" . ,(uiop:getenv "OPERATIONS"))
                                       ("map" . ,(uiop:getenv "MAP"))
                                       ("file" ,(pathname (uiop:getenv "FILE")) :content-type "application/octet-stream")))
  (format t "~a~%~a~%~a~%"
          (asdf:component-version (asdf:find-system :drakma))
          status
          (if (stringp body) body (map 'string #'code-char body))))
