/** Shell functions that ask `tiphys __complete` what may stand where the cursor is. */

export const shells = ['bash', 'zsh'] as const
export type Shell = (typeof shells)[number]

/** To be sourced: `source <(tiphys completion bash)`. */
export const completionScript = (shell: Shell): string => scripts[shell]

/** bash cuts words at `=`; they are put together again. */
const bash = `# Completion of tiphys for bash: source <(tiphys completion bash)
_tiphys() {
  local words=() word glue= i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ ( -n $glue || $word == = ) && \${#words[@]} -gt 0 ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    glue=
    [[ $word == = ]] && glue=1
  done
  local answer directive line
  answer=$("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null) || return
  directive=\${answer##*:}
  answer=\${answer%:*}
  COMPREPLY=()
  while IFS= read -r line; do
    [[ -n $line ]] && COMPREPLY+=("\${line%%$'\\t'*}")
  done <<<"$answer"
  if ((directive & 2)); then compopt -o nospace; fi
  if ((\${#COMPREPLY[@]} == 0)); then
    if ((directive & 16)); then compopt -o dirnames
    elif ! ((directive & 4)); then compopt -o default; fi
  fi
}
complete -F _tiphys tiphys
`

const zsh = `#compdef tiphys
# Completion of tiphys for zsh: source <(tiphys completion zsh)
_tiphys() {
  local answer directive line
  local -a lines candidates space
  answer=$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return 1
  lines=("\${(@f)answer}")
  directive=\${lines[-1]#:}
  for line in "\${(@)lines[1,-2]}"; do
    line=\${line//:/\\\\:}
    candidates+=("\${line/$'\\t'/:}")
  done
  [[ \${words[CURRENT]} == --*=* ]] && compset -P '*='
  ((directive & 2)) && space=(-S '')
  if ((\${#candidates})); then
    _describe 'candidates' candidates "\${space[@]}"
  elif ((directive & 16)); then
    _files -/
  elif ! ((directive & 4)); then
    _files
  fi
}
compdef _tiphys tiphys
`

const scripts: Readonly<Record<Shell, string>> = { bash, zsh }
