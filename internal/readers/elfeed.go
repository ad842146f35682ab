package main

import "context"

const elfeedFolder = "/usr/share/emacs/site-lisp/elpa/elfeed-[0-9]*"

const elfeedScript = `(progn
 (add-to-list 'load-path (car (file-expand-wildcards "` + elfeedFolder + `")))
 (require 'elfeed) (require 'json) (require 'url)
 (let* ((url (car command-line-args-left)) (elfeed-db-directory (expand-file-name "elfeed" "~"))
        (xml (with-temp-buffer (url-insert-file-contents url) (elfeed-xml-parse-region)))
        (entries (if (eq (elfeed-feed-type xml) :atom) (elfeed-entries-from-atom url xml) (elfeed-entries-from-rss url xml))))
  (setq command-line-args-left nil)
  (dolist (e entries)
   (princ (concat (json-encode (list
    (cons "ID" (cdr (elfeed-entry-id e))) (cons "Title" (or (elfeed-entry-title e) "")) (cons "Link" (or (elfeed-entry-link e) ""))
    (cons "Published" (format-time-string "%FT%TZ" (elfeed-entry-date e) t))
    (cons "Authors" (mapconcat (lambda (a) (or (plist-get a :name) (plist-get a :email) "")) (elfeed-meta e :authors) ", "))
    (cons "Enclosures" (mapconcat #'car (elfeed-entry-enclosures e) " ")))) "\n")))))`

// readElfeed asks the reader of Emacs.
func readElfeed(ctx context.Context, j *job) ([]entry, error) {
	return j.lines(j.command(ctx, "emacs", "-Q", "--batch", "--eval", elfeedScript, j.url))
}
