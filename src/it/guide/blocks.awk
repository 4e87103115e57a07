# A page as files NUMBER.LANGUAGE in the order of its blocks, each with its place in NUMBER.at and its
# comment in NUMBER.note. Comments that are commands are blocks of the language "run".
# Usage: awk -v dir=DIR -v page=NAME -f blocks.awk PAGE

function name(ending) {
  return sprintf("%s/%03d.%s", dir, count, ending)
}

function begin(language) {
  count++
  out = name(language)
  printf "" > out
  print page ":" NR > name("at")
  print note > name("note")
  close(name("at"))
  close(name("note"))
}

function end() {
  close(out)
  out = ""
  comment = 0
}

out && /^```$/ && !comment { end(); note = ""; next }
out && /^-->$/ && comment { end(); next }
out { print > out; next }
/^<!-- run: .* -->$/ {
  note = ""
  begin("run")
  print substr($0, 11, length($0) - 14) > out
  end()
  next
}
/^<!-- run:$/ { note = ""; begin("run"); comment = 1; next }
/^<!-- .* -->$/ { note = substr($0, 6, length($0) - 9); next }
/^```/ { language = substr($0, 4); begin(language == "" ? "none" : language); next }
/^    [^ ]/ && before == "" { begin("indented"); print > out; end() }
{ note = ""; before = $0 }
