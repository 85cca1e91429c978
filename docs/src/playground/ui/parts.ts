/** Finds the named part of an element. Throws when the markup lacks it, which is a mistake of ours. */
export function partOf<Type extends HTMLElement>(root: ParentNode, name: string, type: new () => Type): Type {
  const part = root.querySelector(`[data-part="${name}"]`)
  if (part instanceof type) return part
  throw new TypeError(`Cannot start the playground: it has no part "${name}"`)
}

/** A new element with a class and text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.textContent = text
  return element
}
